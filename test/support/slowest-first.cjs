const { default: Sequencer } = require('@jest/test-sequencer');

/** Of suites that have not run here yet, those of these folders are likely to take longest. */
const SLOW = [
  'test/system/concurrency',
  'test/system/faults',
  'test/system/contract',
  'test/system',
  'test/integration',
];

/** Starts long suites first, so that none is left to run alone at the end. */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    const known = super.sort(tests);
    if (known.every(({ duration }) => duration !== undefined)) return known;
    const rank = ({ path }) =>
      (SLOW.findIndex((folder) => path.includes(`/${folder}/`)) + SLOW.length + 1) % (SLOW.length + 1);
    return known.sort((a, b) => rank(a) - rank(b));
  }
};
