import { YisignError } from '../errors';

/** The servers that files may be downloaded from. */
interface FileServers {
	/** Whether the server of an address is one of them. */
	has: (url: string) => boolean;
	/** @throws YisignError `input` if the server of an address is not one of them; its host is named */
	check: (url: string) => void;
}

/**
 * The server of Base URL and those of the credential's File Servers, on any port.
 *
 * @param fileServers host names or IP addresses, separated by commas, or what is typed for one
 * @throws YisignError `input` if it holds anything else; it is not repeated
 */
export function readFileServers(fileServers: unknown, baseUrl: string): FileServers {
	const entries = String(fileServers ?? '').split(/[,;\u3001\uFF0C\uFF1B]/);
	const hosts = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
	const allowed = new Set([new URL(baseUrl).hostname, ...hosts.map(toHostname)]);
	const has = (url: string) => allowed.has(new URL(url).hostname);
	return {
		has,
		check(url) {
			if (!has(url)) throw notAllowed(new URL(url).hostname);
		},
	};
}

/** A host in the one spelling that a parsed address has. */
function toHostname(host: string): string {
	const bare = host.replace(/^\[/, '').replace(/\]$/, '');
	const isIpv6 = /^[\da-f:.]+$/i.test(bare) && bare.split(':').length > 2;
	const url = `http://${isIpv6 ? `[${bare}]` : host}`;
	const isHost = isIpv6 || !/[\s:/?#@*\\[\]]/.test(host);
	if (isHost && URL.canParse(url)) return new URL(url).hostname;
	throw new YisignError(
		'input',
		"The credential's File Servers has to hold host names or IP addresses",
		{
			description:
				'Separate them by commas, and leave out http://, ports, paths and wildcards: for example files.hospital.example, 10.0.0.6.',
			cause: 'configuration-invalid',
		},
	);
}

function notAllowed(hostname: string): YisignError {
	return new YisignError('input', `Files are not downloaded from ${hostname}`, {
		description: `It is not the server of Base URL. If you trust it with your hospital's files, add ${hostname} to File Servers in the Yisign API credential.`,
		cause: 'configuration-invalid',
	});
}
