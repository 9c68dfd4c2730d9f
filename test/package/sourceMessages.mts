import { globSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../scripts/pack.mts';

/** Stands for what differs from case to case. */
export const GAP = '{…}';

/** A message as the sources have it, and the files that do. */
export interface SourceMessage {
	/** Its first sentence, without the full stop; {@link GAP} for what differs from case to case. */
	text: string;
	/** Relative to the repository. */
	files: string[];
}

/** Properties whose texts label a field, or say what to do about a message. */
const LABELS = new Set([
	'action',
	'activationHint',
	'active',
	'default',
	'description',
	'displayName',
	'documentationUrl',
	'header',
	'hint',
	'inactive',
	'name',
	'placeholder',
	'searchHint',
	'subtitle',
	'title',
	'toolDescription',
]);

/** What Check Server finds out is full of sentences: they are its items, and no messages. */
const FINDINGS = 'nodes/YisignEnvelope/check/';

/** A text of so many words or more is a sentence; a shorter one is a name or a value. */
const SENTENCE = 4;

/** A part of a message of so many words or more is spelled out; a shorter one is a gap. */
const PHRASE = 3;

/**
 * Every message in the sources of the nodes and the credential.
 *
 * A message is what an error is made with, what stands in a property `message`, what goes to the
 * log, and any other sentence in the code that is not a label. So a message that is made in a way
 * that nobody has thought of is not missed.
 */
export function readSourceMessages(root = ROOT): SourceMessage[] {
	return new Reader(root).read();
}

class Reader {
	private readonly sources: ts.SourceFile[];

	private readonly checker: ts.TypeChecker;

	/** Where each function of the sources is called. */
	private readonly calls = new Map<ts.Node, ts.CallExpression[]>();

	/** Texts of which it is known what they are. */
	private readonly known = new Set<ts.Node>();

	/** What is being read: a function may call itself. */
	private readonly underWay = new Set<ts.Node>();

	private readonly root: string;

	constructor(root: string) {
		this.root = root;
		const names = globSync('{nodes,credentials}/**/*.ts', { cwd: root });
		const files = names.map((name) => path.join(root, name));
		const host = ts.createCompilerHost({});
		// Nobody else's types: nothing of ours depends on what they say, and they take seconds to read.
		host.resolveModuleNameLiterals = (literals, from) =>
			literals.map(({ text }) => ({ resolvedModule: resolve(text, from) }));
		const program = ts.createProgram(files, { noLib: true, types: [] }, host);
		this.checker = program.getTypeChecker();
		this.sources = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
	}

	read(): SourceMessage[] {
		this.visit((node) => this.noteCall(node));
		const found = new Map<string, Set<string>>();
		const note = (message: string, node: ts.Node) => {
			// A blank at the end: another text is put behind it.
			const [text] = message.replace(/ $/, ` ${GAP}`).split(/\.(?: (?=[A-Z{])|$)/);
			// Another error's message, handed on.
			if (wordsIn(text) === 0) return;
			found.set(text, (found.get(text) ?? new Set()).add(this.fileOf(node)));
		};
		this.visit((node) => {
			const label = labelIn(node);
			if (label) this.textsOf(label);
			const message = messageIn(node);
			for (const text of message ? this.textsOf(message) : []) note(text, node);
		});
		this.visit((node) => {
			if (!isText(node) || this.isKnown(node) || this.fileOf(node).startsWith(FINDINGS)) return;
			for (const text of this.textsOf(node)) if (wordsIn(text) >= SENTENCE) note(text, node);
		});
		return [...found].map(([text, files]) => ({ text, files: [...files].sort() }));
	}

	private fileOf(node: ts.Node): string {
		return path.relative(this.root, node.getSourceFile().fileName);
	}

	private visit(look: (node: ts.Node) => void): void {
		const walk = (node: ts.Node): void => {
			if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
			look(node);
			ts.forEachChild(node, walk);
		};
		for (const source of this.sources) walk(source);
	}

	private noteCall(node: ts.Node): void {
		if (!ts.isCallExpression(node)) return;
		const callee = this.functionOf(this.declarationOf(node.expression));
		if (callee) this.calls.set(callee, [...(this.calls.get(callee) ?? []), node]);
	}

	/** Whether a text, or one that it is a part of, is known. */
	private isKnown(node: ts.Node): boolean {
		for (let outer = node; outer; outer = outer.parent) {
			if (this.known.has(outer)) return true;
			if (ts.isStatement(outer)) return false;
		}
		return false;
	}

	/** What an expression may give, {@link GAP} where that is not known. */
	private textsOf(node: ts.Expression): string[] {
		if (this.underWay.has(node)) return [GAP];
		this.underWay.add(node);
		const texts = [...new Set(this.readExpression(node))];
		this.underWay.delete(node);
		return texts;
	}

	private readExpression(node: ts.Expression): string[] {
		if (isText(node)) this.known.add(node);
		if (ts.isStringLiteralLike(node)) return [node.text];
		if (ts.isTemplateExpression(node)) return this.textsOfTemplate(node);
		if (ts.isConditionalExpression(node)) {
			return [...this.textsOf(node.whenTrue), ...this.textsOf(node.whenFalse)];
		}
		if (ts.isBinaryExpression(node)) {
			const isSum = node.operatorToken.kind === ts.SyntaxKind.PlusToken;
			const [left, right] = [this.textsOf(node.left), this.textsOf(node.right)];
			return isSum ? joined(['', '', ''], [left, right]) : [...left, ...right];
		}
		if (
			ts.isParenthesizedExpression(node) ||
			ts.isAsExpression(node) ||
			ts.isSatisfiesExpression(node)
		) {
			return this.textsOf(node.expression);
		}
		if (ts.isObjectLiteralExpression(node)) {
			return node.properties.flatMap((property) => this.textsOfProperty(property));
		}
		if (ts.isCallExpression(node)) return this.textsOfCall(node);
		if (ts.isElementAccessExpression(node)) return this.textsOf(node.expression);
		if (ts.isPropertyAccessExpression(node)) return this.textsOfMember(node);
		if (ts.isIdentifier(node)) return this.textsOfDeclaration(this.declarationOf(node));
		return [GAP];
	}

	private textsOfTemplate({ head, templateSpans }: ts.TemplateExpression): string[] {
		const fixed = [head, ...templateSpans.map(({ literal }) => literal)];
		const parts = templateSpans.map(({ expression }) => this.textsOf(expression));
		return joined(
			fixed.map(({ text }) => text),
			parts,
		);
	}

	private textsOfCall({ expression }: ts.CallExpression): string[] {
		if (ts.isPropertyAccessExpression(expression) && expression.name.text === 'trim') {
			return this.textsOf(expression.expression);
		}
		const callee = this.functionOf(this.declarationOf(expression));
		if (!callee?.body) return [GAP];
		if (!ts.isBlock(callee.body)) return this.textsOf(callee.body);
		return returnsOf(callee.body).flatMap((value) => this.textsOf(value));
	}

	private textsOfDeclaration(declaration: ts.Declaration | undefined): string[] {
		if (!declaration) return [GAP];
		if (ts.isVariableDeclaration(declaration) && declaration.initializer) {
			return this.textsOf(declaration.initializer);
		}
		if (ts.isParameter(declaration)) return this.textsOfArgument(declaration);
		if (ts.isBindingElement(declaration) && ts.isParameter(declaration.parent.parent)) {
			return this.textsOfNamedArgument(declaration, declaration.parent.parent);
		}
		return [GAP];
	}

	/** What a parameter gets where its function is called. */
	private textsOfArgument(parameter: ts.ParameterDeclaration): string[] {
		const texts = this.argumentsFor(parameter).flatMap((given) => this.textsOf(given));
		const fallback = parameter.initializer ? this.textsOf(parameter.initializer) : [];
		return texts.length + fallback.length > 0 ? [...texts, ...fallback] : [GAP];
	}

	/** What one of the properties gets that a parameter is taken apart into. */
	private textsOfNamedArgument(
		{ name, propertyName, initializer }: ts.BindingElement,
		parameter: ts.ParameterDeclaration,
	): string[] {
		const wanted = (propertyName ?? name).getText();
		const texts = initializer ? this.textsOf(initializer) : [];
		for (const given of this.argumentsFor(parameter)) {
			const object = this.objectOf(given);
			texts.push(...(object ? this.textsOfNamed(object, wanted) : [GAP]));
		}
		return texts.length > 0 ? texts : [GAP];
	}

	private argumentsFor(parameter: ts.ParameterDeclaration): ts.Expression[] {
		const owner = parameter.parent;
		const index = owner.parameters.indexOf(parameter);
		const calls = this.calls.get(owner) ?? [];
		return calls.map((call) => call.arguments[index]).filter((given) => given !== undefined);
	}

	private textsOfMember({ expression, name }: ts.PropertyAccessExpression): string[] {
		const object = this.objectOf(expression);
		const texts = object ? this.textsOfNamed(object, name.text) : [];
		return texts.length > 0 ? texts : [GAP];
	}

	private textsOfNamed({ properties }: ts.ObjectLiteralExpression, name: string): string[] {
		const property = properties.find((one) => one.name?.getText() === name);
		return property ? this.textsOfProperty(property) : [];
	}

	private objectOf(node: ts.Expression): ts.ObjectLiteralExpression | undefined {
		if (ts.isObjectLiteralExpression(node)) return node;
		const declaration = ts.isIdentifier(node) ? this.declarationOf(node) : undefined;
		const isConst = declaration && ts.isVariableDeclaration(declaration);
		return isConst && declaration.initializer ? this.objectOf(declaration.initializer) : undefined;
	}

	private textsOfProperty(property: ts.ObjectLiteralElementLike): string[] {
		if (ts.isPropertyAssignment(property)) return this.textsOf(property.initializer);
		return ts.isShorthandPropertyAssignment(property) ? this.textsOf(property.name) : [GAP];
	}

	private declarationOf(node: ts.Node): ts.Declaration | undefined {
		const symbol = ts.isShorthandPropertyAssignment(node.parent)
			? this.checker.getShorthandAssignmentValueSymbol(node.parent)
			: this.checker.getSymbolAtLocation(node);
		const isAlias = symbol && symbol.flags & ts.SymbolFlags.Alias;
		return (isAlias ? this.checker.getAliasedSymbol(symbol) : symbol)?.declarations?.[0];
	}

	private functionOf(declaration?: ts.Node): ts.FunctionLikeDeclaration | undefined {
		if (!declaration) return undefined;
		if (ts.isFunctionLike(declaration)) return declaration as ts.FunctionLikeDeclaration;
		if (!ts.isVariableDeclaration(declaration)) return undefined;
		return this.functionOf(declaration.initializer);
	}
}

function resolve(module: string, from: string): ts.ResolvedModuleFull | undefined {
	if (!module.startsWith('.')) return undefined;
	const resolvedFileName = `${path.join(path.dirname(from), module)}.ts`;
	return { resolvedFileName, extension: ts.Extension.Ts };
}

/**
 * The texts that come of fixed ones and of parts between them, for each of which there may be a
 * choice. A part stays a gap where it is not known, or is but a word or two of several.
 */
function joined(fixed: readonly string[], parts: readonly string[][]): string[] {
	const hasWords = fixed.some((text) => wordsIn(text) > 0);
	let texts = [fixed[0]];
	for (const [index, part] of parts.entries()) {
		const isPhrase = part.every((text) => wordsIn(text) >= PHRASE);
		const isWhole = part.every((text) => !text.includes(GAP));
		const isSpelledOut = isPhrase || (isWhole && (part.length === 1 || !hasWords));
		const choices = isSpelledOut ? part : [GAP];
		texts = texts.flatMap((text) => choices.map((choice) => text + choice + fixed[index + 1]));
	}
	return texts.map((text) => text.replaceAll(/(?:\{…\})+/g, GAP));
}

/** What a message is made of, where a node of the tree makes one. */
function messageIn(node: ts.Node): ts.Expression | undefined {
	if (ts.isNewExpression(node) && /^(Yisign|NodeOperation)Error$/.test(node.expression.getText())) {
		return node.arguments?.[1];
	}
	if (ts.isCallExpression(node) && /\blogger\.\w+$/.test(node.expression.getText())) {
		return node.arguments[0];
	}
	return valueOf(node, (name) => name === 'message');
}

function labelIn(node: ts.Node): ts.Expression | undefined {
	return valueOf(node, (name) => LABELS.has(name));
}

function valueOf(node: ts.Node, isWanted: (name: string) => boolean): ts.Expression | undefined {
	if (ts.isPropertyAssignment(node) && isWanted(node.name.getText())) return node.initializer;
	if (ts.isShorthandPropertyAssignment(node) && isWanted(node.name.text)) return node.name;
	return undefined;
}

function isText(node: ts.Node): node is ts.StringLiteralLike | ts.TemplateExpression {
	return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function returnsOf(body: ts.Node): ts.Expression[] {
	const values: ts.Expression[] = [];
	const walk = (node: ts.Node): void => {
		if (ts.isFunctionLike(node)) return;
		if (ts.isReturnStatement(node) && node.expression) values.push(node.expression);
		ts.forEachChild(node, walk);
	};
	ts.forEachChild(body, walk);
	return values;
}

function wordsIn(text: string): number {
	return text.split(/\s+/).filter((word) => /[A-Za-z]/.test(word)).length;
}
