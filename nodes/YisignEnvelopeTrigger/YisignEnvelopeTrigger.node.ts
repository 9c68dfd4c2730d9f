import type {
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IPollFunctions,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { conditionsField } from '../shared/fields/conditions.fields';
import { credentialTest } from '../shared/api/credentialTest';
import { toNodeError } from '../shared/errors';
import { listSearch } from '../shared/fields/listSearch';
import { outputFields } from '../shared/fields/output.fields';
import { poll } from './poll';

/** Starts a workflow once for each envelope that reaches the event that Trigger On names. */
export class YisignEnvelopeTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Yisign Envelope Trigger',
		name: 'yisignEnvelopeTrigger',
		icon: { light: 'file:../../icons/yisign.svg', dark: 'file:../../icons/yisign.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ "envelope " + $parameter["event"] }}',
		description:
			'Starts the workflow when a Yisign e-signature envelope completes, fails, is started, or is not signed in time. To search, create or download envelopes, choose from Actions below.',
		builderHint: {
			searchHint:
				'Polls, so Yisign need not reach n8n. Trigger On: completed, failed, ended, started, or overdue (not signed in time).',
		},
		defaults: { name: 'Yisign Envelope Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'yisignApi', required: true, testedBy: 'testYisignConnection' }],
		sensitiveOutputFields: ['idCard'],
		hints: [
			{
				message:
					'Fetch Test Event shows up to five recent envelopes as samples, new or not. Once published, the trigger starts the workflow for those that come from then on.',
				type: 'info',
				location: 'outputPane',
				whenToDisplay: 'afterExecution',
			},
		],
		properties: [
			{
				displayName: 'Trigger On',
				name: 'event',
				type: 'options',
				noDataExpression: true,
				options: [
					{
						name: 'On Envelope Completed',
						value: 'completed',
						action: 'On envelope completed',
						description: 'Everybody has signed',
					},
					{
						name: 'On Envelope Ended',
						value: 'ended',
						action: 'On envelope ended',
						description: 'Completed or failed, whichever comes',
					},
					{
						name: 'On Envelope Failed',
						value: 'failed',
						action: 'On envelope failed',
						description: 'Rejected, revoked, expired, invalidated, or ended otherwise',
					},
					{
						name: 'On Envelope Overdue',
						value: 'overdue',
						action: 'On envelope overdue',
						description: 'Not signed so many hours after it was started',
					},
					{
						name: 'On Envelope Started',
						value: 'started',
						action: 'On envelope started',
						description: 'A doctor has started it',
					},
				],
				default: 'completed',
				description: 'What starts the workflow',
			},
			{
				displayName: 'Overdue After (Hours)',
				name: 'overdueHours',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 8760 },
				displayOptions: { show: { event: ['overdue'] } },
				default: 24,
				description:
					'How long after its start an envelope that is still waiting or processing starts the workflow, once',
			},
			{
				displayName:
					'What is overdue already when you publish does not start the workflow. To list it, use Search with Status "Not Signed Yet" and a Created Before date. A workflow to import: <a href="https://github.com/n8n-nodes-yisign/n8n-nodes-yisign/blob/main/examples/11-reminder-of-overdue-envelopes.json" target="_blank">example 11</a>.',
				name: 'overdueNotice',
				type: 'notice',
				displayOptions: { show: { event: ['overdue'] } },
				default: '',
			},
			conditionsField,
			...outputFields,
			{
				displayName: 'Detect By',
				name: 'detectBy',
				type: 'options',
				noDataExpression: true,
				displayOptions: { hide: { event: ['overdue', 'started'] } },
				options: [
					{
						name: 'Finished Time',
						value: 'finishedTime',
						description: 'Yisign sorts by it: one request for a poll, however old an envelope is',
					},
					{
						name: 'Created Time',
						value: 'createdTime',
						description:
							'Uses the documented sort order alone: reads back all envelopes started lately',
					},
				],
				default: 'finishedTime',
				description: 'How to find the envelopes. Choose Created Time if the node asks you to.',
			},
			{
				displayName: 'Look Back (Hours)',
				name: 'lookbackHours',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 8760 },
				displayOptions: {
					show: { detectBy: ['createdTime'] },
					hide: { event: ['overdue', 'started'] },
				},
				default: 72,
				description: 'An envelope that takes longer than this from start to end is not noticed',
			},
			{
				displayName: 'Look Back (Hours)',
				name: 'lookbackHours',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 8760 },
				displayOptions: { show: { event: ['overdue'] } },
				default: 72,
				description:
					'How long after it became overdue an envelope is still noticed, for example after n8n was down',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				default: {},
				options: [
					{
						displayName: 'Catch Up (Hours)',
						name: 'catchUpHours',
						type: 'number',
						typeOptions: { minValue: 0, maxValue: 8760 },
						default: 24,
						description:
							'If the workflow is published again within this time after its last poll, it goes on where it stopped; later it begins from now. A restart of n8n always goes on.',
					},
					{
						displayName: 'Latest Version Only',
						name: 'latestVersionOnly',
						type: 'boolean',
						default: true,
						description:
							'Whether to leave out envelopes that were started again under the same Custom Tag ID',
					},
					{
						displayName: 'Overlap (Minutes)',
						name: 'overlapMinutes',
						type: 'number',
						typeOptions: { minValue: 0, maxValue: 1440 },
						default: 15,
						description: 'How late an envelope may become searchable and still be noticed',
					},
				],
			},
		],
	};

	methods = { credentialTest, listSearch };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		try {
			const items = await poll(this);
			return items && [items];
		} catch (error) {
			throw toNodeError(this.getNode(), error);
		}
	}
}
