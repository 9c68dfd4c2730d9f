import { parse } from 'yaml';
import { readCompose } from '../../scripts/assets.mts';

/**
 * The variables that a Compose file of `deploy/` sets for n8n, but those that Compose fills in: they
 * say where n8n is reached, and a test reaches it elsewhere.
 *
 * @param tarball the package whose checksum is pinned
 */
export function settingsOf(
	file: string,
	tarball: { integrity: string } = { integrity: '' },
): Record<string, string> {
	const { services } = parse(readCompose(file, tarball)) as {
		services: { n8n: { environment: Record<string, string> } };
	};
	const settings = Object.entries(services.n8n.environment);
	return Object.fromEntries(settings.filter(([, value]) => !value.includes('${')));
}
