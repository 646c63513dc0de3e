const { relative } = require('node:path');

const SHOWN = 10;

/** Ends a run with its slowest suites and one plain line, for people and for scripts. */
module.exports = class SlowestSuites {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_contexts, { testResults, numPassedTests, numFailedTests, numFailedTestSuites, startTime }) {
    const suites = testResults
      .map(({ testFilePath, perfStats }) => ({
        path: testFilePath,
        seconds: (perfStats.end - perfStats.start) / 1_000,
      }))
      .sort((a, b) => b.seconds - a.seconds);
    const slowest = suites
      .slice(0, SHOWN)
      .map(({ path, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${relative(this.rootDir, path)}`);
    if (suites.length > 1) console.log(`\nThe slowest suites:\n${slowest.join('\n')}`);
    for (const { testFilePath, numFailingTests, testExecError } of testResults)
      if (numFailingTests || testExecError) console.log(`FAILED  ${relative(this.rootDir, testFilePath)}`);
    // A suite that could not run has failed without a failed test.
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    const seconds = ((Date.now() - startTime) / 1_000).toFixed(0);
    // After Jest's own summary, so that it is the last line.
    process.once('exit', () => console.log(`\n${numPassedTests} passed, ${failed} failed in ${seconds} s`));
  }
};
