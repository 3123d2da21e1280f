// node scripts/fuzz-readers.mjs [--count 100000] [--seed 1] [--first 0]
//
// Opens that many damaged checkpoints (tests/checkpoints/fuzz.test.ts) and fails on each that ends in an untyped error,
// takes more than two seconds or four times its size, or gets something run. A failure names its number: the same seed
// with `--first <number> --count 1` opens that file alone.
import { parseArgs } from 'node:util';
import { runVitest } from './vitest-run.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
});
const { counts } = runVitest('fuzz', ['--project', 'node', 'tests/checkpoints/fuzz.test.ts'], {
  FUZZ_COUNT: values.count,
  FUZZ_SEED: values.seed,
  FUZZ_FIRST: values.first,
});
process.exitCode = counts.failed > 0 ? 1 : 0;
