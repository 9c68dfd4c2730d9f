/**
 * Who may import whom, checked by `npm run lint`. AGENTS.md draws the same.
 *
 * The levels of the shipped code, from the top. A level imports from those below it, and may skip
 * some; never from one above it.
 */
const LEVELS = [
	['the-nodes', '^nodes/(?!shared/)'],
	['shared-fields', '^nodes/shared/fields/'],
	['shared-search', '^nodes/shared/search/'],
	['shared-api', '^nodes/shared/api/'],
	['leaves', '^nodes/shared/[^/]+$'],
];

const SHIPPED = '^(nodes|credentials)/';

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
	forbidden: [
		...LEVELS.slice(1).map(([name, path], index) =>
			error(
				`no-climbing-from-${name}`,
				'Move what both need to a level below them, or pass it in as an argument.',
				{ path },
				{ path: LEVELS.slice(0, index + 1).map(([, above]) => above) },
			),
		),
		error(
			'nodes-know-no-other-node',
			'What two nodes use belongs in nodes/shared.',
			{ path: '^nodes/(?!shared/)([^/]+)/' },
			{ path: '^nodes/(?!shared/)', pathNot: '^nodes/$1/' },
		),
		error(
			'credentials-use-api-and-leaves-only',
			'n8n loads credentials without the nodes.',
			{ path: '^credentials/' },
			{ path: '^(nodes|credentials)/', pathNot: '^nodes/shared/(api/|[^/]+$)' },
		),
		error(
			'nodes-know-no-credential',
			'A node names its credential; n8n brings the two together.',
			{ path: '^nodes/' },
			{ path: '^credentials/' },
		),
		error(
			'search-knows-no-n8n',
			'It is searching and nothing else, and is tested without n8n.',
			{ path: '^nodes/shared/search/' },
			{ path: '(^|/)node_modules/n8n-workflow/' },
		),
		error(
			'shipped-stands-alone',
			'Only n8n-workflow and crypto are there where the package is installed.',
			{ path: SHIPPED },
			{ pathNot: [SHIPPED, '^crypto$', '(^|/)node_modules/n8n-workflow/'] },
		),
		error(
			'test-tools-know-no-node',
			'They stand for Yisign and n8n, and would otherwise share the mistakes of the nodes.',
			{ path: '^(sandbox|engine|instance)/' },
			{ path: SHIPPED },
		),
		error(
			'no-circle',
			'Types alone may point back; code may not.',
			{},
			{ circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
		),
		error(
			'imports-resolve',
			'An import that does not resolve escapes all other rules.',
			{},
			{ couldNotResolve: true },
		),
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsConfig: { fileName: 'tsconfig.dev.json' },
		tsPreCompilationDeps: true,
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['import', 'require', 'node', 'default', 'types'],
		},
	},
};
