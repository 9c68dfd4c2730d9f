import type { IPollFunctions } from 'n8n-workflow';
import { YisignError } from '../shared/errors';
import type { Memory } from './memory';
import { PROCESS_BEGAN } from './memory';
import { isPublishedAgain } from './resume';
import type { Settings } from './settings';
import { hashSettings } from './settings';
import type { State, Waiting } from './state';
import { isState, Storage } from './state';

/** A trigger that begins. */
export interface Beginning extends Waiting {
	/** Whether polls before this one got no answer. */
	hasWaited?: boolean;
}

/** What decides whether a trigger goes on. */
interface Circumstances {
	settings: Settings;
	memory: Memory;
	/** Hash of what names the server. */
	server: string;
}

/**
 * What is known from before; where the trigger begins, since when.
 *
 * @throws YisignError `input` if a newer version of the package has stored it: to begin from now
 * would lose what has ended meanwhile, and the newer version's memory with it
 */
export function loadState(
	context: IPollFunctions,
	circumstances: Circumstances,
): State | Beginning {
	const storage = new Storage(context);
	if (storage.isNewer) throw isTooNew();
	if (storage.isDamaged) {
		context.logger.warn(
			'Yisign Envelope Trigger: what it had remembered cannot be read. It begins from now.',
		);
	}
	const stored = storage.load();
	if (stored && goesOn(context, stored, circumstances)) {
		if (isState(stored)) return stored;
		const later = waitingUnder(stored, circumstances);
		storage.save(later);
		return { ...later, hasWaited: true };
	}
	const { memory, server } = circumstances;
	memory.reading = undefined;
	memory.hidden = undefined;
	memory.ties = new Map();
	memory.sortProven = undefined;
	memory.sortLooked = undefined;
	memory.sortPlace = undefined;
	memory.isSortRefuted = false;
	// What ends from now on is emitted, even if Yisign does not answer this time.
	const waiting = { node: context.getNode().id, server, waitingSince: Date.now() };
	storage.save(waiting);
	return waiting;
}

/**
 * n8n does not store a poll without items, so what was stored before Yisign answered may be old. With
 * other settings since, what had ended by the last answer is silent.
 */
function waitingUnder(stored: Waiting, { memory, settings }: Circumstances): Waiting {
	const { answered = -Infinity, settings: before } = memory;
	const isChanged = before !== undefined && before !== hashSettings(settings);
	return isChanged ? { ...stored, waitingSince: Math.max(stored.waitingSince, answered) } : stored;
}

function isTooNew(): YisignError {
	return new YisignError(
		'input',
		'A newer version of the package has stored what this trigger remembers',
		{
			description:
				'Install that version again to go on where it stopped. To begin from now with this version, replace the node by a copy of this node: copy it, paste it, and delete this one.',
			cause: 'configuration-invalid',
		},
	);
}

function goesOn(
	context: IPollFunctions,
	stored: State | Waiting,
	{ settings, memory, server }: Circumstances,
): boolean {
	if (stored.server !== server) return false;
	const answered = isState(stored) ? stored.answered : stored.waitingSince;
	return !isPublishedAgain({
		mode: context.getActivationMode(),
		isRegistered: memory.registrations.has(context),
		answered: Math.max(answered, memory.answered ?? -Infinity),
		attempted: memory.attempted,
		processBegan: PROCESS_BEGAN,
		now: Date.now(),
		catchUp: settings.catchUp,
		pollTimes: context.getNodeParameter('pollTimes', {}),
	});
}
