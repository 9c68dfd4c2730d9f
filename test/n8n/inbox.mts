import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { SMTPServer } from 'smtp-server';

/** A mail server that keeps what it is given. */
export interface Inbox {
	/** Data of an n8n credential `smtp` that fits. */
	credential: ICredentialDataDecryptedObject;
	/** The mails as they came, oldest first. */
	mails: string[];
	close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startInbox(): Promise<Inbox> {
	const mails: string[] = [];
	const server = new SMTPServer({
		disabledCommands: ['STARTTLS', 'AUTH'],
		onData(stream, _session, done) {
			text(stream).then((mail) => {
				mails.push(mail);
				done();
			}, done);
		},
	});
	server.listen(0, '127.0.0.1');
	await once(server.server, 'listening');
	const { port } = server.server.address() as AddressInfo;
	return {
		credential: { host: '127.0.0.1', port, secure: false, disableStartTls: true },
		mails,
		close: () => new Promise((resolve) => server.close(resolve)),
	};
}
