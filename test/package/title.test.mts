import { describe, expect, it } from 'vitest';
import { checkTitle } from '../../scripts/title.mts';

describe('the title of a pull request', () => {
	it.each([
		'Move every module into the room that house.md names',
		'Process callbacks in the order in which they were sent',
		'Embed the licence',
		'Focus the first field',
		'Bump the npm group across 2 directories with 14 updates',
		`Say ${'x'.repeat(68)}`,
	])('may be "%s"', (title) => {
		expect(checkTitle(title)).toEqual([]);
	});

	it.each([
		['', 'capital letter'],
		['add a field', 'capital letter'],
		['Added a field', 'as an order does'],
		['Adding a field', 'as an order does'],
		['Adds a field', 'as an order does'],
		['Add a field.', 'full stop'],
		['Fix(search): read on', 'prefix'],
		['Feat: read on', 'prefix'],
		[`Say ${'x'.repeat(69)}`, '73 characters'],
	])('may not be "%s"', (title, finding) => {
		expect(checkTitle(title)).toEqual([expect.stringContaining(finding)]);
	});
});
