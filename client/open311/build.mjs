// Builds what the tests run: dist/read.cjs, from read.mjs and the pinned
// library. Two of the library's own parts are not to be had from the registry:
// one lies at a git address, one is native code for old runtimes. spark.cjs and
// absent.cjs stand in for them, and for a table of file types that only uploads
// need. What the library does with JSON is its own code alone.
import { build } from 'esbuild';

await build({
  entryPoints: ['read.mjs'], bundle: true, platform: 'node', format: 'cjs', target: 'node18', minify: true, legalComments: 'inline',
  outfile: 'dist/read.cjs', alias: { sparkxml: './spark.cjs', xml2json: './absent.cjs', mime: './absent.cjs' },
  banner: { js: '/*! open311 0.0.12, (c) Mark Headd and others, BSD; request 2.11.4, (c) Mikeal Rogers, Apache-2.0; lodash 0.6.1, (c) John-David Dalton, MIT; fast-xml-parser 4.5.7, (c) Amit Gupta, MIT */' },
});
