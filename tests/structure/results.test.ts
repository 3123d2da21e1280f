import { expect, test } from 'vitest';
import { countResults } from '../../scripts/vitest-run.mjs';

const file = (status: string, ...tests: readonly string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((result) => ({ fullName: 'a test', status: result })),
});

test('passed and failed tests are counted over all files', () => {
  const files = [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')];
  expect(countResults(files, false)).toEqual({ passed: 3, failed: 1 });
});

test.each(['pending', 'skipped', 'todo'])('a %s test counts as failed', (status) => {
  expect(countResults([file('passed', 'passed', status)], true)).toEqual({ passed: 1, failed: 1 });
});

test('a file that breaks before its tests counts as one failure', () => {
  expect(countResults([file('passed', 'passed'), file('failed')], false)).toEqual({ passed: 1, failed: 1 });
});

test('a run that fails with no test to blame counts as one failure', () => {
  expect(countResults([file('passed', 'passed')], false)).toEqual({ passed: 1, failed: 1 });
  expect(countResults([], false)).toEqual({ passed: 0, failed: 1 });
});
