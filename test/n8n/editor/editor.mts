import type { Locator, Page } from 'playwright-core';
import type { Owner } from '../../../instance/rest.mts';

/** n8n's editor as a person handles it: things are found by what is written on them. */
export class Editor {
	readonly page: Page;
	private readonly url: string;

	/** @param url address of the editor, without a slash at the end */
	constructor(page: Page, url: string) {
		this.page = page;
		this.url = url;
	}

	/** From now on, counts what is pressed on the page, by whatever method; gives the count so far. */
	async countClicks(): Promise<() => number> {
		let clicks = 0;
		await this.page.exposeFunction('onPressed', () => {
			clicks += 1;
		});
		await this.page.addInitScript("addEventListener('pointerdown', () => onPressed(), true)");
		return () => clicks;
	}

	/** Fills in the form that n8n opens with. */
	async signIn({ email, password }: Owner): Promise<void> {
		await this.page.goto(`${this.url}/signin`);
		await this.page.getByRole('textbox', { name: 'Email' }).fill(email);
		await this.page.getByRole('textbox', { name: 'Password' }).fill(password);
		await this.page.getByRole('button', { name: 'Sign in' }).click();
		await this.page.waitForURL(`${this.url}/home/**`);
	}

	// The panel that offers nodes

	/** Begins a workflow; the panel is open then. */
	async newWorkflow(): Promise<void> {
		await this.page.goto(`${this.url}/workflow/new`);
		await this.page.getByTestId('canvas-add-button').click();
	}

	/** Opens a stored workflow: all of it is to be seen. */
	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.page.getByTestId('canvas-node').first().waitFor();
	}

	/** Where the nodes of the open workflow are. */
	get canvas(): Locator {
		return this.page.getByTestId('canvas');
	}

	/** Zooms so that all of the workflow is to be seen. */
	async fitView(): Promise<void> {
		await this.page.getByTestId('zoom-to-fit').click();
		await this.debounced();
	}

	/** What is drawn of a workflow: its nodes, notes and connections. */
	async drawn(): Promise<Locator[]> {
		const parts = ['canvas-node', 'sticky'].map((part) => this.page.getByTestId(part).all());
		const drawn: Locator[] = (await Promise.all(parts)).flat();
		for (const line of await this.page.locator('.vue-flow__edge-path').all()) {
			// A straight one has no height, which counts as hidden; its ends are nodes.
			if (await line.isVisible()) drawn.push(line);
		}
		return drawn;
	}

	/** Opens a stored workflow and, for what is to come after a node of it, the panel. */
	async continueWorkflow(id: string, node: string): Promise<void> {
		await this.openWorkflow(id);
		await this.nodeOnCanvas(node).getByTestId('canvas-handle-plus').click();
	}

	/** The ID of the open workflow, once it is stored. */
	get workflowId(): string {
		return new URL(this.page.url()).pathname.split('/')[2];
	}

	/** The panel. */
	get panel(): Locator {
		return this.page.getByTestId('nodes-list-header').locator('..');
	}

	/** Types into the panel. */
	async searchNodes(words: string): Promise<void> {
		await this.page.getByTestId('node-creator-search-bar').fill(words);
	}

	/** What the panel offers, nodes or what a node can do: all, or the one of this name. */
	offers(name?: string): Locator {
		const names = this.page.getByTestId('node-creator-item-name');
		return name === undefined ? names : names.and(this.words(name));
	}

	/** Shows what a node can do, and unfolds its actions. */
	async openActions(node: string): Promise<void> {
		await this.searchNodes(node);
		await this.offers(node).click();
		const groups = this.page.getByTestId('node-creator-category-item');
		await groups.first().waitFor();
		// As a first step, n8n would rather have a trigger; later, the actions are open already.
		if ((await groups.first().innerText()).startsWith('Triggers')) {
			await groups.filter({ hasText: 'Actions' }).click();
		}
	}

	/** Adds an action: finds the node in the panel and picks what it is to do. Leaves it open. */
	async addAction(node: string, action: string): Promise<void> {
		await this.openActions(node);
		await this.offers(action).click();
		await this.node.waitFor();
	}

	/** Adds a trigger in the same way. */
	async addTrigger(node: string, event: string): Promise<void> {
		await this.searchNodes(node);
		await this.offers(node).click();
		await this.offers(event).click();
		await this.node.waitFor();
	}

	// An open node

	/** The window of the open node. */
	get node(): Locator {
		return this.page.getByTestId('ndv');
	}

	/** A node of the canvas. */
	nodeOnCanvas(name: string): Locator {
		return this.page.getByTestId('canvas-node').filter({ has: this.words(name) });
	}

	/** Opens a node of the canvas. */
	async openNode(name: string): Promise<void> {
		await this.nodeOnCanvas(name).dblclick();
		await this.node.waitFor();
	}

	/** Goes back to the canvas. */
	async closeNode(): Promise<void> {
		await this.page.getByTestId('ndv-close-button').click();
		await this.node.waitFor({ state: 'hidden' });
	}

	/** A field with its label; where several rows have it, that of the last row. */
	field(label: string, within = this.node): Locator {
		return within
			.getByTestId('input-label')
			.filter({ has: this.words(label) })
			.last();
	}

	/** A field that holds others, such as Conditions. */
	section(label: string): Locator {
		const heading = this.page.getByTestId('input-label').filter({ has: this.words(label) });
		return this.node.getByTestId('parameter-item').filter({ has: heading }).last();
	}

	/** Types into a field. */
	async enter(label: string, text: string, within?: Locator): Promise<void> {
		const field = this.field(label, within).getByRole('textbox');
		await field.fill(text);
		// Else n8n's tips for the field lie over what comes below it.
		await field.blur();
	}

	/** Switches a field to Expression and types one. */
	async enterExpression(label: string, expression: string): Promise<void> {
		const field = this.field(label);
		await field.hover();
		await field.getByRole('radio', { name: 'Expression' }).click();
		const box = field.getByRole('textbox');
		await box.fill(expression);
		await this.debounced();
		// While it is still drawing the field, n8n may put the old text back.
		if ((await box.innerText()).trim() !== expression) await box.fill(expression);
		await this.debounced();
	}

	/** n8n takes over what was typed, or zooms, a little later, without a sign of it. */
	private async debounced(): Promise<void> {
		await this.page.waitForTimeout(500);
	}

	/** Turns a switch. */
	async switchOn(label: string): Promise<void> {
		await this.field(label).locator('.el-switch').click();
	}

	/** Picks from the list of a field. */
	async choose(label: string, option: string, within?: Locator): Promise<void> {
		await this.field(label, within).getByRole('combobox').click();
		await this.option(option).click();
	}

	/** Picks from the list of a field that takes several, and closes the list. */
	async tick(label: string, option: string): Promise<void> {
		const field = this.field(label);
		await field.locator('.el-select').click();
		await this.option(option).click();
		await field.getByText(label, { exact: true }).click();
	}

	/** An entry of the list that is open. */
	option(name: string): Locator {
		return this.page.getByRole('option').filter({ has: this.words(name) });
	}

	/** Says how a field that offers a list is to be filled in, such as By ID. */
	async chooseMode(label: string, mode: string): Promise<void> {
		await this.field(label).getByTestId('rlc-mode-selector').click();
		await this.option(mode).click();
	}

	/** Picks from the list that a field loads, after typing a part of the name. */
	async pick(label: string, part: string): Promise<void> {
		await this.field(label).getByTestId('rlc-input').click();
		await this.page.keyboard.type(part);
		await this.page.getByTestId('rlc-item').filter({ hasText: part }).first().click();
	}

	/** Adds one of the Dates and types it. */
	async addDate(name: string, text: string): Promise<void> {
		const section = this.section('Dates');
		await section.getByTestId('collection-parameter-add').click();
		await this.option(name).click();
		await this.field(name, section).locator('input').click();
		await this.page.keyboard.type(text);
		await this.page.keyboard.press('Enter');
	}

	/** Types over the number in a field. */
	async enterNumber(label: string, number: number): Promise<void> {
		await this.field(label).locator('input').click({ clickCount: 3 });
		await this.page.keyboard.type(String(number));
		await this.page.keyboard.press('Tab');
	}

	/** Adds a row to a field that has rows; gives the field. */
	async addRow(label: string, button: string): Promise<Locator> {
		const section = this.section(label);
		await section.getByRole('button', { name: button }).click();
		return section;
	}

	/** Adds a condition; gives the field Conditions. */
	async addCondition(field: string, value: string): Promise<Locator> {
		const conditions = await this.addRow('Conditions', 'Add Condition');
		await this.choose('Field', field, conditions);
		await this.enter('Value', value, conditions);
		return conditions;
	}

	/** Adds one of the fields that a field has to choose from, and types into it. */
	async addField(label: string, name: string, text: string): Promise<void> {
		const section = this.section(label);
		await section.getByTestId('collection-parameter-add').click();
		await this.option(name).click();
		await this.enter(name, text, section);
	}

	/** The fields of the open node. */
	get form(): Locator {
		return this.node.getByTestId('node-parameters');
	}

	/** Parameters and Settings, above the fields. */
	get tabs(): Locator {
		return this.node.getByTestId('tab-params');
	}

	/** What the middle of the node is moved by; above the tabs. */
	get handle(): Locator {
		return this.node.getByTestId('panel-drag-button');
	}

	/** Moves the middle of the node to the left, so that the output has room. */
	async widenOutput(): Promise<void> {
		await this.handle.hover();
		await this.page.mouse.down();
		await this.page.mouse.move(0, 0, { steps: 5 });
		await this.page.mouse.up();
	}

	// What comes out of it

	/** Presses Execute step, or Fetch Test Event. */
	async pressExecute(): Promise<void> {
		await this.debounced();
		await this.page.getByTestId('node-execute-button').click();
	}

	/** Presses Execute step, or Fetch Test Event, and gives what n8n announces then. */
	async execute(): Promise<string> {
		await this.closeNotices();
		await this.pressExecute();
		const outcome = this.notices.filter({ hasText: /executed successfully|Problem/ });
		const text = await outcome.innerText();
		await this.closeNotices();
		return text;
	}

	/** The right-hand side of the node: table, message, hints. */
	get output(): Locator {
		return this.page.getByTestId('output-panel');
	}

	/** What is said about the number of items: `8 items`. */
	async itemCount(): Promise<string> {
		return await this.output.getByTestId('run-data-item-count').innerText();
	}

	/** The texts of a column of the table, from the top. */
	async column(name: string): Promise<string[]> {
		const names = await this.output.locator('thead th').allInnerTexts();
		const place = names.findIndex((text) => text.trim() === name) + 1;
		return await this.output.locator(`tbody td:nth-child(${place})`).allInnerTexts();
	}

	/** The cells of the row that has a text, by the names of their columns; without empty ones. */
	async row(text: string): Promise<Record<string, string>> {
		const row = this.output.locator('tbody tr').filter({ has: this.words(text) });
		const [names, cells] = await Promise.all(
			[this.output.locator('thead th'), row.locator('td')].map((all) => all.allInnerTexts()),
		);
		const entries = names.map((name, index): [string, string] => [
			name.trim(),
			cells[index].trim(),
		]);
		return Object.fromEntries<string>(entries.filter(([name, cell]) => name && cell));
	}

	/** Copies a text that the last item of two pages has, which only JSON shows whole; gives it. */
	async copyLast(part: string): Promise<string> {
		await this.showOutputAs('JSON');
		await this.output.getByRole('button', { name: 'page 2' }).click();
		await this.output.getByText('"question"').first().hover();
		await this.page.mouse.wheel(0, 100_000);
		await this.output.getByText(part).click();
		await this.output.getByTitle('Copy to Clipboard').click();
		await this.words('Copy Selection').click();
		// n8n remembers it.
		await this.showOutputAs('Table');
		await this.page.context().grantPermissions(['clipboard-read']);
		return await this.page.evaluate<string>('navigator.clipboard.readText()');
	}

	/** Which view of the output to see. */
	async showOutputAs(form: 'JSON' | 'Table'): Promise<void> {
		await this.output.getByRole('radio', { name: form }).click();
	}

	/** The message in red and the text below it. */
	async error(): Promise<string[]> {
		const parts = ['node-error-message', 'node-error-description'];
		return await Promise.all(parts.map((part) => this.output.getByTestId(part).innerText()));
	}

	/** What n8n announces in the corner. */
	private get notices(): Locator {
		return this.page.getByRole('alert').and(this.page.locator('.el-notification'));
	}

	/** Closes what n8n has announced. */
	async closeNotices(): Promise<void> {
		for (const notice of await this.notices.all()) {
			await notice.locator('.el-notification__closeBtn').click();
			await notice.waitFor({ state: 'detached' });
		}
	}

	// Credentials, publishing, executions

	/** The window of the open credential. */
	get credential(): Locator {
		return this.page.getByTestId('editCredential-modal');
	}

	/** A field of the open credential. */
	credentialField(label: string): Locator {
		const fields = this.credential.getByTestId('credential-connection-parameter');
		return fields.filter({ hasText: label }).first();
	}

	/** Types into the fields of the open credential, by their labels, and presses Save. */
	async saveCredential(values: Record<string, string>): Promise<void> {
		for (const [label, value] of Object.entries(values)) {
			await this.credentialField(label).locator('input').fill(value);
		}
		await this.credential.getByTestId('credential-save-button').click();
	}

	/** Publishes the open workflow. */
	async publish(): Promise<void> {
		const button = this.page.getByTestId('workflow-open-publish-modal-button');
		await button.click();
		const dialog = this.page.getByRole('dialog');
		await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
		await dialog.getByRole('button', { name: 'Got it' }).click();
		await button.getByText('Published').waitFor();
	}

	/** Opens the workflow's list of executions. */
	async openExecutions(): Promise<void> {
		await this.page.getByRole('radio', { name: 'Executions' }).click();
	}

	/** The list's entries of executions that have succeeded, newest first; test runs are there, too. */
	get succeeded(): Locator {
		const entries = this.page.getByTestId('current-executions-list').locator('> *');
		return entries.filter({ hasText: 'Succeeded' });
	}

	/** What has exactly this text, without other words around it. */
	private words(text: string): Locator {
		return this.page.getByText(text, { exact: true });
	}
}
