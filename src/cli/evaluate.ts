/** Entry of `npm run evaluate`: measures the bundled model and writes docs/evaluation.md with its plots. */
import { join } from 'node:path';
import { evaluate } from '../../bench/evaluation/evaluation.js';
import { reportOf } from '../../bench/evaluation/report.js';
import { MAX_SEED } from '../latent/randomState.js';
import { openCheckpoint } from '../workbench/openedCheckpoint.js';
import { parseArguments } from './arguments.js';
import { readCheckpointSource } from './checkpointSource.js';
import type { CommandSyntax } from './commandSyntax.js';
import { describeFailure } from './failure.js';
import { createFolder, writeOutput } from './files.js';
import { withEngine } from './gpu.js';
import { perceptualLoss } from './inversionLoss.js';
import { readPredictor } from './predictorInput.js';
import { processTerminal } from './terminal.js';
import { unitTools } from './unitTools.js';

const syntax: CommandSyntax = {
  name: 'evaluate',
  summary: 'Measure all methods on the bundled model.',
  operands: [],
  usage: '[--samples N] [--seed N] [--out docs]',
  options: {
    samples: { value: 'N', help: 'Scored pictures (default 20000; fewer for a look).' },
    seed: { value: 'N', help: 'Seed of the samples (default 0).' },
    out: { value: 'DIR', help: 'Folder for evaluation.md and evaluation/ (default docs).' },
  },
  notes: [],
  examples: [],
};

async function main(): Promise<void> {
  const args = parseArguments(syntax, process.argv.slice(2));
  const out = args.text('out') ?? 'docs';
  const terminal = processTerminal();
  const { name, bytes } = await readCheckpointSource('face64', terminal);
  const opened = await openCheckpoint(bytes, name);
  const predictor = await readPredictor(null);
  const distance = await perceptualLoss({ loss: null, features: null, heads: null }, opened);
  const options = {
    samples: args.whole('samples', 500, 500_000) ?? 20_000,
    seed: args.whole('seed', 0, MAX_SEED) ?? 0,
  };
  const evaluation = await withEngine((engine) =>
    evaluate({
      engine,
      opened,
      predictor,
      distance,
      units: (sampling, onProgress) => unitTools(engine, opened.generator, sampling, onProgress),
      options,
      onProgress: (label) => terminal.progress({ label, fraction: null }),
    }),
  );
  terminal.progress(null);
  const { markdown, plots } = reportOf(evaluation);
  await createFolder(join(out, 'evaluation'));
  for (const [file, svg] of plots) await writeOutput(join(out, 'evaluation', file), svg);
  await writeOutput(join(out, 'evaluation.md'), markdown);
  terminal.print(
    `Wrote ${join(out, 'evaluation.md')} and ${plots.size} plots in ${evaluation.minutes.toFixed(1)} minutes.`,
  );
}

main().catch((thrown: unknown) => {
  const { text, exitCode } = describeFailure(thrown, process.argv.includes('--debug'));
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
});
