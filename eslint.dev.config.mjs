import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** For what is not shipped; the shipped sources are linted by n8n's own frozen configuration. */
export default tseslint.config(
	{ ignores: ['dist', 'node_modules', 'nodes', 'credentials'] },
	{
		files: ['**/*.mts'],
		extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
		languageOptions: { parserOptions: { project: './tsconfig.dev.json' } },
	},
	{
		// Vitest types its matchers as any, and inside an expected value that is what they are for.
		files: ['test/**/*.mts'],
		rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
	},
);
