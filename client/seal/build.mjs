// Builds what phones load, from seal.mjs and the four pinned libraries:
// dist/seal.js for browsers (global cunwuSeal), dist/seal.cjs for mini-programs.
import { build } from 'esbuild';

const common = { entryPoints: ['seal.mjs'], bundle: true, minify: true, target: 'es2017', legalComments: 'inline', charset: 'ascii' };
await build({ ...common, format: 'iife', globalName: 'cunwuSeal', outfile: 'dist/seal.js' });
await build({ ...common, format: 'cjs', outfile: 'dist/seal.cjs' });
