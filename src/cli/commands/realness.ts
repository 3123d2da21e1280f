import { recogniseDiscriminator, type RecognisedDiscriminator } from '../../checkpoints/discriminator.js';
import { RealnessScorer } from '../../discovery/realness.js';
import type { Engine } from '../../engine/engine.js';
import { GanvasError } from '../../engine/errors.js';
import { centreCrop, targetPicture } from '../../inversion/targetPicture.js';
import type { Recipe } from '../../latent/recipe.js';
import { parseSeedRange } from '../../latent/seedRange.js';
import type { OpenedCheckpoint } from '../../workbench/openedCheckpoint.js';
import { GeneratorSession } from '../../workbench/session.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError } from '../arguments.js';
import type { Command } from '../command.js';
import { checkOutputFile, writeOutput } from '../files.js';
import { withEngine } from '../gpu.js';
import { readModel } from '../model.js';
import { readPicture } from '../pictureInput.js';
import { readRenderSettings, recipeOf, RENDER_OPTIONS } from '../renderSettings.js';
import { printable, type Terminal } from '../terminal.js';

interface Judged {
  /** `seed 7`, or the picture's file. */
  readonly picture: string;
  readonly realness: number;
}

/** `ganvas realness` */
export const realness: Command = {
  name: 'realness',
  summary: 'Sort pictures by how real the checkpoint’s own discriminator finds them.',
  operands: ['CHECKPOINT'],
  usage: '--seeds 0-99 | --picture a.png …  [options]  [--out realness.json]',
  options: {
    seeds: { value: '0-99', help: 'Seeds whose pictures to judge.' },
    picture: {
      value: 'a.png',
      help: 'A picture to judge, cut to the square in its middle; may be repeated.',
      repeats: true,
    },
    ...RENDER_OPTIONS,
    ...CHECKPOINT_OPTIONS,
    out: { value: 'realness.json', help: 'Also write the list as JSON.' },
  },
  notes: [
    'The figure is the discriminator’s logit of the picture alone: above 0 for what looks real to it. Snapshots of StyleGAN2 ' +
      'and PGGAN hold one; exported generators do not.',
  ],
  examples: ['ganvas realness network-snapshot.pkl --seeds 0-99 --psi 0.7'],
  usesGpu: true,

  async run(args, terminal) {
    const settings = readRenderSettings(args);
    const paths = args.texts('picture');
    const seedText = args.text('seeds');
    if ((seedText === null) === (paths.length === 0)) {
      throw usageError('Expected either --seeds 0-99 or --picture a.png.');
    }
    const seeds = seedText === null ? [] : parseSeedRange(seedText);
    const out = args.text('out');
    if (out !== null) await checkOutputFile(out);
    const model = await readModel(args, terminal);
    const { opened } = model;
    const { summary } = opened;
    const found = recogniseDiscriminator(opened.checkpoint);
    if (found === null) {
      throw new GanvasError(
        'discriminator-missing',
        `${summary.name} holds no discriminator. Expected a whole snapshot of StyleGAN2 or PGGAN, not its generator alone.`,
        { name: summary.name },
      );
    }
    const discriminator = found.network;
    if (settings.class === null && 'cDim' in discriminator.config && discriminator.config.cDim > 0) {
      throw usageError('--class is missing: the discriminator judges pictures of a class.');
    }
    const recipes = seeds.map((seed) => recipeOf({ space: 'z', seed }, settings, summary));
    const judged = await withEngine((engine) =>
      judge(engine, { opened, discriminator, label: settings.class, paths, recipes }, terminal),
    );
    const sorted = judged.sort((a, b) => b.realness - a.realness);
    if (out !== null) await writeOutput(out, `${JSON.stringify(sorted, null, 2)}\n`);
    terminal.progress(null);
    for (const { picture, realness: logit } of sorted) {
      terminal.print(`${logit.toFixed(3).padStart(9)}  ${printable(picture)}`);
    }
  },
};

interface Judgement {
  readonly opened: OpenedCheckpoint;
  readonly discriminator: RecognisedDiscriminator['network'];
  readonly label: number | null;
  readonly paths: readonly string[];
  readonly recipes: readonly Recipe[];
}

async function judge(
  engine: Engine,
  { opened, discriminator, label, paths, recipes }: Judgement,
  terminal: Terminal,
): Promise<Judged[]> {
  const scorer = await RealnessScorer.compile(engine, discriminator, label);
  const judged: Judged[] = [];
  for (const path of paths) {
    const source = await readPicture(path);
    const picture = targetPicture(source, centreCrop(source.width, source.height), discriminator);
    judged.push({ picture: path, realness: await scorer.score(picture) });
  }
  if (recipes.length === 0) return judged;
  const session = await GeneratorSession.open(engine, opened, terminal.progress);
  for (const [index, recipe] of recipes.entries()) {
    terminal.progress({ label: 'Judging', fraction: index / recipes.length });
    const picture = await session.render(recipe, []);
    const { latent } = recipe;
    judged.push({ picture: `seed ${'seed' in latent ? latent.seed : index}`, realness: await scorer.score(picture) });
  }
  return judged;
}
