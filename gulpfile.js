const { rm } = require('node:fs/promises');
const { src, dest } = require('gulp');

/** Empties the output folder, so that nothing of an earlier build is shipped. */
exports.clean = () => rm('dist', { recursive: true, force: true });

/** Copies what the TypeScript compiler leaves behind: icons, codex files, output schemas. */
exports.assets = () =>
	src(['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], {
		base: '.',
		encoding: false,
	}).pipe(dest('dist'));
