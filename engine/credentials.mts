import type {
	ICredentialDataDecryptedObject,
	ICredentials,
	ICredentialType,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INode,
	INodeCredentialsDetails,
	INodeProperties,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { ICredentialsHelper, NodeHelpers } from './n8n.mts';

/**
 * What n8n does with credentials, over a store in memory: defaults are filled in, `authenticate` is
 * applied, and an expirable field is fetched when it is empty or has expired, and stored.
 */
export class CredentialStore extends ICredentialsHelper {
	/** Credential id to the data stored under it. */
	readonly stored = new Map<string, ICredentialDataDecryptedObject>();

	/** How often a credential was read (in a real n8n each costs a query and a decryption). */
	reads = 0;

	private readonly types: Record<string, ICredentialType>;

	constructor(types: Record<string, ICredentialType>) {
		super();
		this.types = types;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		options: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const { authenticate } = this.types[typeName];
		return typeof authenticate === 'function' ? await authenticate(credentials, options) : options;
	}

	async preAuthentication(
		helpers: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		node: INode,
		credentialsExpired: boolean,
	): Promise<ICredentialDataDecryptedObject | undefined> {
		const type = this.types[typeName];
		const expirable = type.properties.find(
			(property) => property.type === 'hidden' && property.typeOptions?.expirable === true,
		)?.name;
		if (expirable === undefined || !type.preAuthentication) return undefined;
		if (credentials[expirable] !== '' && !credentialsExpired) return undefined;

		const output = (await type.preAuthentication.call(
			helpers,
			credentials,
		)) as ICredentialDataDecryptedObject;
		const details = node.credentials?.[typeName];
		if (output[expirable] === undefined || !details) return undefined;
		const id = details.id ?? '';
		this.stored.set(id, { ...this.stored.get(id), ...output });
		return Object.assign(credentials, output);
	}

	getDecrypted(
		_additionalData: IWorkflowExecuteAdditionalData,
		{ id, name }: INodeCredentialsDetails,
		type: string,
	): Promise<ICredentialDataDecryptedObject> {
		this.reads += 1;
		const data = this.stored.get(id ?? '');
		if (!data) return Promise.reject(new Error(`No credential "${name}" is stored`));
		return Promise.resolve(this.withDefaults(type, data));
	}

	/** The data as a node gets it: fields that were never filled in have their default. */
	withDefaults(type: string, data: ICredentialDataDecryptedObject): ICredentialDataDecryptedObject {
		const properties = this.getCredentialsProperties(type);
		return NodeHelpers.getNodeParameters(
			properties,
			structuredClone(data) as never,
			true,
			false,
			null,
			null,
		) as ICredentialDataDecryptedObject;
	}

	getCredentialsProperties(type: string): INodeProperties[] {
		return this.types[type].properties;
	}

	getParentTypes(): string[] {
		return [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	runPreAuthentication(): Promise<undefined> {
		return Promise.resolve(undefined);
	}

	getCredentials(): Promise<ICredentials> {
		throw new Error('Encrypted credentials are not part of this engine');
	}

	updateCredentials(): Promise<void> {
		throw new Error('Encrypted credentials are not part of this engine');
	}

	updateCredentialsOauthTokenData(): Promise<void> {
		throw new Error('OAuth is not part of this engine');
	}
}
