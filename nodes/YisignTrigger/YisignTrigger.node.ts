import type {
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { credentialTest } from '../shared/api/credentialTest';
import { toNodeError } from '../shared/errors';
import { ANY_EVENT, checkSettings, DEFAULT_TOLERANCE, receive } from './receive';

const HOW_TO_LISTEN =
	'Yisign can only call an address that its staff has entered by hand. <b>Hand them the Production URL</b>, and publish the workflow.<br /><br />The <b>Test URL</b> is another address. It works only while you listen here, for one callback.<br /><br />A callback that is accepted gets HTTP 200, one that is not genuine 401, one that cannot be looked up right now 503.';

/** Starts a workflow when Yisign calls back: a signature, or a flow, has been completed. */
export class YisignTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Yisign Callback Trigger',
		name: 'yisignTrigger',
		icon: { light: 'file:../../icons/yisign.svg', dark: 'file:../../icons/yisign.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle:
			'={{ $parameter["events"].includes("*") ? "any event" : $parameter["events"].join(", ") }}',
		description:
			'Starts the workflow when Yisign calls back after a data signature. Needs an address of n8n that Yisign can reach; for envelopes, use Yisign Envelope Trigger.',
		defaults: { name: 'Yisign Callback Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'yisignApi', required: true, testedBy: 'testYisignConnection' }],
		sensitiveOutputFields: [
			'idCard',
			'rawData.business.idCard',
			'rawData.data.patientInfo.patientIdCard',
		],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				// Without it, n8n answers with the name of its default instead of what the node says.
				responseData: '',
				path: 'webhook',
			},
		],
		triggerPanel: {
			header: 'Listen for one callback of Yisign',
			executionsHelp: { inactive: HOW_TO_LISTEN, active: HOW_TO_LISTEN },
			activationHint:
				'Once the workflow is published, Yisign starts it through the Production URL, without this button.',
		},
		properties: [
			{
				displayName:
					'Yisign has no interface to register callbacks. Open Webhook URLs above and hand the Production URL to the staff of Yisign, who enter it for your hospital. The Test URL is another one and works only while you listen.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				options: [
					{
						name: 'Any Event',
						value: ANY_EVENT,
						description: 'Whatever Yisign sends, also events without a documented name',
					},
					{
						name: 'Data Signature Completed',
						value: 'dataSignatureCompleted',
						description: 'A data signature of one signer is complete (interface 7.1)',
					},
					{
						name: 'Data Signature Completed (Several Signers)',
						value: 'dataSignatureV2Completed',
						description: 'A data signature V2 is complete (interface 7.3)',
					},
				],
				default: [ANY_EVENT],
				description: 'Which events start the workflow. Others are answered and dropped.',
			},
			{
				displayName: 'Verification',
				name: 'verification',
				type: 'options',
				noDataExpression: true,
				options: [
					{
						name: 'Signature',
						value: 'signature',
						description: 'Only callbacks that are signed with the App Secret of the credential',
					},
					{
						name: 'Lookup',
						value: 'lookup',
						description:
							'Trust nothing in the callback but its ID; return the envelope that the server has under it',
					},
					{
						name: 'None',
						value: 'none',
						description:
							'Accept everything that is posted to the URL. For tests, or behind a gateway that checks.',
					},
				],
				default: 'signature',
				description: 'How to know that a callback is genuine',
			},
			{
				displayName: 'Output',
				name: 'output',
				type: 'options',
				options: [
					{
						name: 'Simplified',
						value: 'simplified',
						description: 'The fields most workflows need, without anything that names the patient',
					},
					{ name: 'Raw', value: 'raw', description: 'Everything as Yisign sent it' },
				],
				default: 'simplified',
				description: 'Which fields an item has',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				displayOptions: { show: { verification: ['signature'] } },
				default: {},
				options: [
					{
						displayName: 'Tolerance (Seconds)',
						name: 'toleranceSeconds',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: 86400 },
						default: DEFAULT_TOLERANCE,
						description:
							'How far the date of a callback may be from the clock of n8n. Beyond that, it is refused.',
					},
				],
			},
		],
	};

	methods = { credentialTest };

	/** Yisign has no interface for callback addresses, so there is nothing to find, make or remove. */
	webhookMethods = {
		default: {
			/** There is no way to ask whether Yisign knows the address. */
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},
			/** Registers nothing; says at once what would refuse every callback later. */
			async create(this: IHookFunctions): Promise<boolean> {
				try {
					await checkSettings(this);
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
				return true;
			},
			/** Yisign goes on calling until its staff takes the address out; n8n then answers 404. */
			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		try {
			return await receive(this);
		} catch (error) {
			throw toNodeError(this.getNode(), error);
		}
	}
}
