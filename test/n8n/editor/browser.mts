import { chromium, selectors, type BrowserContext } from 'playwright-core';
import {
	CHINESE_FONT,
	CHROMIUM,
	ensureDebianPackages,
	findProgram,
	FONT_LIST,
} from '../../../instance/debian.mts';

/** Pixels of the window, as on a notebook. */
const SIZE = { width: 1440, height: 900 };

/** ms that a person would wait for a button before calling IT; a busy machine is slow. */
const TIMEOUT = 20_000;

/** A browser without a window, as a person in a Chinese hospital would have it. */
export async function openBrowser(): Promise<BrowserContext> {
	ensureDebianPackages([CHROMIUM, FONT_LIST, CHINESE_FONT]);
	// What n8n's own developers find the parts of the editor by.
	selectors.setTestIdAttribute('data-test-id');
	const browser = await chromium.launch({
		executablePath: findProgram('chromium'),
		args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
	});
	const context = await browser.newContext({
		viewport: SIZE,
		deviceScaleFactor: 1.25,
		locale: 'en-US',
		timezoneId: 'Asia/Shanghai',
		reducedMotion: 'reduce',
	});
	context.setDefaultTimeout(TIMEOUT);
	return context;
}
