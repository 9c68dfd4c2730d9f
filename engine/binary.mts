import { BinaryDataConfig, BinaryDataService, Container } from './n8n.mts';

/**
 * Has n8n keep binary data on disk from now on, as a real n8n does by default; the engine alone keeps
 * it in memory.
 *
 * @returns the folder it is kept in
 */
export async function keepBinariesOnDisk(): Promise<string> {
	await Container.get(BinaryDataService).init();
	return Container.get(BinaryDataConfig).localStoragePath;
}
