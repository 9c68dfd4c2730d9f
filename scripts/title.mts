/**
 * Checks the title of a pull request, which becomes the subject of a commit: imperative, at most 72
 * characters.
 *
 *     node scripts/title.mts "Read the last page again when a record was removed"
 */

const LONGEST = 72;

/** Imperatives that look like another form of a verb. */
const IMPERATIVES = /^(embed|exceed|feed|need|proceed|seed|speed|bring|ping|ring|focus|alias)$/i;

/** What is to be changed about a title; nothing if it is good. */
export function checkTitle(title: string): string[] {
	const [word] = title.split(/[^\p{L}]/u, 1);
	const isOtherForm = /(ed|ing|[^su]s)$/.test(word) && !IMPERATIVES.test(word);
	const findings: Array<[string, boolean]> = [
		[`it has ${title.length} characters, more than ${LONGEST}`, title.length > LONGEST],
		['it does not begin with a capital letter', !/^\p{Lu}/u.test(title)],
		[`it does not begin as an order does ("Add", not "${word}")`, isOtherForm],
		['it has a prefix; the order alone is enough', /^\w+(\(.*\))?!?:/.test(title)],
		['it ends with a full stop', title.endsWith('.')],
	];
	return findings.filter(([, isFound]) => isFound).map(([finding]) => finding);
}

if (import.meta.main) {
	const [title = ''] = process.argv.slice(2);
	for (const finding of checkTitle(title)) {
		console.error(`The title "${title}" cannot stay: ${finding}.`);
		process.exitCode = 1;
	}
}
