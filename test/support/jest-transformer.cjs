// Jest runs CommonJS, and Nest and some other dependencies ship ES modules only, which Jest can require natively only
// on Node 24. So our TypeScript, and each dependency file that is an ES module, is compiled to CommonJS by swc;
// CommonJS dependencies pass through untouched. The result is the same on every supported Node.
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join, sep } = require('node:path');
const { createTransformer } = require('@swc/jest');

const swc = (parser, transform) =>
  createTransformer({
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs', ignoreDynamic: false },
    jsc: { target: 'es2022', keepClassNames: true, parser, transform },
  });

const typescript = swc(
  { syntax: 'typescript', decorators: true },
  { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
);
const esModule = swc({ syntax: 'ecmascript', importAttributes: true }, {});

const isModuleFolder = new Map();
function inModulePackage(folder) {
  if (!isModuleFolder.has(folder)) {
    const manifest = join(folder, 'package.json');
    const answer = existsSync(manifest)
      ? JSON.parse(readFileSync(manifest, 'utf8')).type === 'module'
      : dirname(folder) !== folder && inModulePackage(dirname(folder));
    isModuleFolder.set(folder, answer);
  }
  return isModuleFolder.get(folder);
}

function transformerOf(file) {
  if (/\.[cm]?tsx?$/.test(file)) return typescript;
  if (!file.includes(`${sep}node_modules${sep}`) || file.endsWith('.cjs')) return undefined;
  return file.endsWith('.mjs') || inModulePackage(dirname(file)) ? esModule : undefined;
}

// An idle process frees its heap before it ends, which takes a worker longer than the half second after which Jest
// warns that it did not exit. A worker with an open handle or a timer is not idle: it causes the warning as before.
process.once('beforeExit', () => process.exit());

module.exports = {
  canInstrument: false,
  process: (source, file, options) => transformerOf(file)?.process(source, file, options) ?? { code: source },
  getCacheKey: (source, file, options) =>
    transformerOf(file)?.getCacheKey(source, file, options) ?? esModule.getCacheKey(source, file, options) + 'as-is',
};
