import { formatTable } from '../../../bench/textTable.js';
import type { KernelTable } from '../../tuning/kernelTable.js';
import { GeneratorSession } from '../../workbench/session.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError } from '../arguments.js';
import type { Command } from '../command.js';
import { withEngine } from '../gpu.js';
import { forgetKernelCache, writeKernelCache } from '../kernelCache.js';
import { readModel } from '../model.js';

/** `ganvas tune` */
export const tune: Command = {
  name: 'tune',
  summary: 'Measure which kernels are the fastest for a model on this machine, and use them from then on.',
  operands: ['CHECKPOINT'],
  usage: '[--budget 60] [--forget]',
  options: {
    budget: { value: 'seconds', help: 'Begin no further measurement after this long (default 60).' },
    forget: { value: null, help: 'Forget what was measured on this adapter: kernels are the usual ones again.' },
    ...CHECKPOINT_OPTIONS,
  },
  notes: [
    'What was measured is kept for each adapter in $XDG_CACHE_HOME/ganvas, else ~/.cache/ganvas, and used by all commands. ' +
      'A kernel whose numbers are further off than its method states never competes.',
  ],
  examples: ['ganvas tune face64', 'ganvas tune face64 --forget'],
  usesGpu: true,

  async run(args, terminal) {
    const budget = args.finite('budget') ?? 60;
    if (budget <= 0) throw usageError(`--budget is ${budget}. Expected seconds above 0.`);
    const { opened } = await readModel(args, terminal);
    await withEngine(async (engine, _, tuner) => {
      if (args.has('forget')) {
        await forgetKernelCache(engine.adapter);
        return terminal.print('Forgotten: kernels are the usual ones again.');
      }
      const session = await GeneratorSession.open(engine, opened, terminal.progress);
      session.dispose();
      const table = await tuner.tune(engine, {
        budgetMilliseconds: budget * 1000,
        onProgress: (done, total) => terminal.progress({ label: 'Measuring kernels', fraction: done / total }),
      });
      const path = await writeKernelCache(engine.adapter, table);
      terminal.progress(null);
      terminal.print(tableOf(table));
      const left = tuner.pending === 0 ? '' : ` ${tuner.pending} kinds of convolution were left for another run.`;
      terminal.print(`\nKept in ${path}.${left}`);
    });
  },
};

function tableOf({ adapter, kernels }: KernelTable): string {
  const rows = Object.entries(kernels).map(([shapes, { method, product, milliseconds, defaultMilliseconds }]) => [
    shapes,
    method === 'direct' ? method : `${method}, ${product}`,
    `${milliseconds.toFixed(2)} ms`,
    `${(defaultMilliseconds / milliseconds).toFixed(2)}`,
  ]);
  return `Adapter: ${adapter}\n\n${formatTable(['convolution', 'fastest kernel', 'takes', 'to the usual'], rows)}`;
}
