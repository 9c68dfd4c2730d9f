import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { ROOT } from '../../../scripts/pack.mts';

/** Whether this run writes the pictures of the documentation: `npm run docs:screenshots`. */
export const IS_UPDATING = process.env.UPDATE_DOCS === '1';

const FOLDER = path.join(ROOT, 'docs', 'images');

/** Bytes; the README is read over slow lines, too. */
const LARGEST = 150_000;

/** Pixels above and below what a picture is to show. */
const MARGIN = 10;

/**
 * Takes a picture for `docs/images`: as broad as a part of the page, and as high as what is to be
 * seen of it. Every run takes it, so that it is noticed when something in it is no longer there; it
 * is kept only when the pictures are to be made again.
 *
 * @param name of the file, without `.png`
 * @param within the part of the page, as one element or several side by side
 * @param shown the uppermost and the lowest thing to be seen; all of the part if left out
 */
export async function takePicture(
	page: Page,
	name: string,
	within: Locator[],
	shown: Locator[] = within,
): Promise<void> {
	const frame = await bounds(within);
	const { top, bottom } = await bounds(shown);
	const y = Math.max(frame.top, top - MARGIN);
	const height = Math.min(frame.bottom, bottom + MARGIN) - y;
	const width = frame.right - frame.left;
	const picture = await page.screenshot({
		clip: { x: frame.left, y, width, height },
		animations: 'disabled',
		caret: 'hide',
	});
	const file = path.join(FOLDER, `${name}.png`);
	if (IS_UPDATING) {
		await mkdir(FOLDER, { recursive: true });
		await writeFile(file, picture);
	}
	expect(picture.length, `bytes of ${name}.png`).toBeLessThan(LARGEST);
	expect(existsSync(file), `${name}.png exists: npm run docs:screenshots makes it`).toBe(true);
}

/** Edges of what all of them take up together, in pixels of the page. */
async function bounds(locators: Locator[]) {
	const boxes = await Promise.all(
		locators.map(async (locator) => {
			await locator.waitFor();
			const box = await locator.boundingBox();
			if (!box) throw new Error('There is nothing to be seen of it');
			return box;
		}),
	);
	return {
		left: Math.min(...boxes.map(({ x }) => x)),
		top: Math.min(...boxes.map(({ y }) => y)),
		right: Math.max(...boxes.map(({ x, width }) => x + width)),
		bottom: Math.max(...boxes.map(({ y, height }) => y + height)),
	};
}
