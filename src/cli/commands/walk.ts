import { MAX_SEED } from '../../latent/randomState.js';
import type { RecipeLatent } from '../../latent/recipe.js';
import type { WalkKind } from '../../workbench/walkApi.js';
import { mostFrames, randomPath, walkPath } from '../../workbench/walkPath.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError, type Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import { readModel } from '../model.js';
import { pictureOutput } from '../pictureOutput.js';
import { renderRequests } from '../renderPictures.js';
import { readRenderSettings, recipeOf, RENDER_OPTIONS } from '../renderSettings.js';

const KINDS = ['lerp', 'slerp', 'geodesic'] as const satisfies readonly WalkKind[];
const { mix: _, ...OPTIONS } = RENDER_OPTIONS;

/** `ganvas walk` */
export const walk: Command = {
  name: 'walk',
  summary: 'Make the pictures of a way through the latent space.',
  operands: ['CHECKPOINT'],
  usage: '--from N --to N [--kind geodesic] | --random N  [--frames 60] [options]  --out DIR|x.npy',
  options: {
    from: { value: 'N', help: 'Seed that the walk leads from.' },
    to: { value: 'N', help: 'Seed that it leads to.' },
    kind: {
      value: 'lerp|slerp|geodesic',
      help: 'lerp: straight through w (default). slerp: around the sphere of z. geodesic: where pictures change least in all.',
    },
    random: { value: 'N', help: 'Walk at random from this seed, in steps of the same angle.' },
    frames: { value: '60', help: 'Pictures along the way, the ends among them (default 60).' },
    ...OPTIONS,
    ...CHECKPOINT_OPTIONS,
    out: { value: 'DIR|x.npy', help: 'Folder of frame0000.png …, or float32 [N, C, H, W] in the generator’s range.' },
  },
  notes: [
    'Each PNG carries the recipe that made it. A model without w goes through z, as if by slerp.',
    'A film of the frames: ffmpeg -framerate 30 -i DIR/frame%04d.png walk.mp4',
  ],
  examples: [
    'ganvas walk face64 --from 3 --to 8 --kind geodesic --psi 0.7 --out walk',
    'ganvas walk face64 --random 4 --frames 240 --out wander',
  ],
  usesGpu: true,

  async run(args, terminal) {
    const settings = readRenderSettings(args);
    const request = readRequest(args);
    const out = args.requiredText('out', 'a folder or x.npy');
    const model = await readModel(args, terminal);
    const { summary } = model.opened;
    const first = recipeOf({ space: 'z', seed: request.from }, settings, summary);
    const output = await pictureOutput(out, request.frames, true);
    await renderRequests(model, output, terminal, async (engine, session) => {
      const latents =
        request.to === null
          ? randomPath(session, first, request.from, request.frames)
          : await walkPath(
              engine,
              session,
              first,
              {
                kind: request.kind,
                from: seedLatent(request.from),
                to: seedLatent(request.to),
                frames: request.frames,
              },
              { onProgress: (fraction) => terminal.progress({ label: 'Looking for the shortest way', fraction }) },
            );
      return latents.map((latent, index) => ({
        recipe: { ...first, latent },
        name: `frame${String(index).padStart(4, '0')}`,
      }));
    });
  },
};

interface WalkOptions {
  readonly from: number;
  /** Null for a walk at random. */
  readonly to: number | null;
  readonly kind: WalkKind;
  readonly frames: number;
}

const seedLatent = (seed: number): RecipeLatent => ({ space: 'z', seed });

function readRequest(args: Arguments): WalkOptions {
  const frames = args.whole('frames', 2, mostFrames) ?? 60;
  const random = args.whole('random', 0, MAX_SEED);
  if (random !== null) {
    const other = ['from', 'to', 'kind'].find((name) => args.has(name));
    if (other !== undefined) throw usageError(`--random and --${other} exclude one another. Give one of them.`);
    return { from: random, to: null, kind: 'slerp', frames };
  }
  const [from, to] = [args.whole('from', 0, MAX_SEED), args.whole('to', 0, MAX_SEED)];
  if (from === null || to === null) {
    throw usageError('Nothing says where the walk leads. Expected --from N and --to N, or --random N.');
  }
  return { from, to, kind: args.choice('kind', KINDS) ?? 'lerp', frames };
}
