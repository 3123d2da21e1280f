import { join } from 'node:path';
import { parseLayerRange, formatLayerRange } from '../../latent/layerRange.js';
import type { Recipe, StyleMix } from '../../latent/recipe.js';
import { parseSeedRange } from '../../latent/seedRange.js';
import { encodePng } from '../../workbench/png.js';
import { toPixels, type Pixels } from '../../workbench/pixels.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError } from '../arguments.js';
import type { Command } from '../command.js';
import { checkOutputFolder, writeOutput } from '../files.js';
import { readModel } from '../model.js';
import { pictureOutput, type Picture, type PictureOutput } from '../pictureOutput.js';
import { renderPictures, type PictureRequest } from '../renderPictures.js';
import { readRenderSettings, recipeOf, RENDER_OPTIONS } from '../renderSettings.js';

const { mix: _, ...OPTIONS } = RENDER_OPTIONS;
/** Cells at most: a slip of the keyboard asks for more. */
const MOST_CELLS = 10_000;

/** `ganvas mix` */
export const mix: Command = {
  name: 'mix',
  summary: 'Make a grid of style mixing: pictures of the rows in the styles of the columns.',
  operands: ['CHECKPOINT'],
  usage: '--rows 0-3 --columns 4,7 --layers 4-9 [options]  --out DIR',
  options: {
    rows: { value: '0-3', help: 'Seeds that give the pictures.' },
    columns: { value: '4,7', help: 'Seeds that give the styles.' },
    layers: { value: '4-9', help: 'Layers of W+ that take the w of the column.' },
    ...OPTIONS,
    ...CHECKPOINT_OPTIONS,
    out: { value: 'DIR', help: 'Folder for grid.png and a PNG for each crossing, as in NVIDIA’s style_mixing.py.' },
  },
  notes: ['ROW-COLUMN.png is a crossing, ROW-ROW.png a seed by itself; each carries its recipe, grid.png none.'],
  examples: ['ganvas mix face64 --rows 0-3 --columns 4-7 --layers 4-9 --psi 0.7 --out mixed'],
  usesGpu: true,

  async run(args, terminal) {
    const settings = readRenderSettings(args);
    const rows = parseSeedRange(args.requiredText('rows', 'seeds, such as 0-3'));
    const columns = parseSeedRange(args.requiredText('columns', 'seeds, such as 4,7'));
    const layers = args.requiredText('layers', 'layers of W+, such as 4-9');
    const out = args.requiredText('out', 'a folder');
    if ((rows.length + 1) * (columns.length + 1) > MOST_CELLS) {
      throw usageError(`The grid has ${rows.length} × ${columns.length} crossings. At most ${MOST_CELLS} are made.`);
    }
    await checkOutputFolder(out);
    const model = await readModel(args, terminal);
    const { summary } = model.opened;
    const range = formatLayerRange(parseLayerRange(layers, summary.numWs), summary.numWs);
    const seeds = [...new Set([...rows, ...columns])];
    const plain = (seed: number): Recipe => recipeOf({ space: 'z', seed }, settings, summary);
    const crossing = (row: number, column: number): Recipe => {
      const style: StyleMix = { latent: { space: 'z', seed: column }, layers: range };
      return { ...plain(row), mix: [style] };
    };
    const requests: PictureRequest[] = [
      ...seeds.map((seed) => ({ recipe: plain(seed), name: `${seed}-${seed}` })),
      ...rows.flatMap((row) =>
        columns
          .filter((column) => column !== row)
          .map((column) => ({ recipe: crossing(row, column), name: `${row}-${column}` })),
      ),
    ];
    const grid = new Grid(await pictureOutput(out, requests.length, true));
    await renderPictures(model, requests, grid, terminal);
    await writeOutput(join(out, 'grid.png'), grid.png(rows, columns));
  },
};

/** Passes pictures on, and lays them out at the end. */
class Grid implements PictureOutput {
  private readonly pictures = new Map<string, Pixels>();

  constructor(private readonly output: PictureOutput) {}

  add(picture: Picture): Promise<void> {
    this.pictures.set(picture.name, toPixels(picture.image, ...picture.shape));
    return this.output.add(picture);
  }

  finish(): Promise<void> {
    return this.output.finish();
  }

  /** Columns along the top, rows down the side, black in the corner. */
  png(rows: readonly number[], columns: readonly number[]): Uint8Array {
    const { width, height } = this.pictureNamed(`${rows[0]}-${rows[0]}`);
    const sheet = { width: width * (columns.length + 1), height: height * (rows.length + 1) };
    const data = new Uint8Array(sheet.width * sheet.height * 3);
    const place = (picture: Pixels, row: number, column: number): void => {
      for (let pixel = 0; pixel < width * height; pixel++) {
        const [x, y] = [column * width + (pixel % width), row * height + Math.floor(pixel / width)];
        data.set(picture.data.subarray(pixel * 4, pixel * 4 + 3), (y * sheet.width + x) * 3);
      }
    };
    columns.forEach((seed, column) => place(this.pictureNamed(`${seed}-${seed}`), 0, column + 1));
    rows.forEach((seed, row) => {
      place(this.pictureNamed(`${seed}-${seed}`), row + 1, 0);
      columns.forEach((style, column) => place(this.pictureNamed(`${seed}-${style}`), row + 1, column + 1));
    });
    return encodePng({ ...sheet, data }, {});
  }

  private pictureNamed(name: string): Pixels {
    const picture = this.pictures.get(name);
    if (picture === undefined) throw new RangeError(`internal: ${name} was not made`);
    return picture;
  }
}
