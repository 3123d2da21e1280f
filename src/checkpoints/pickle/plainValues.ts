import { GanvasError } from '../../engine/errors.js';
import { readTensor } from '../storedTensor.js';
import { callArguments, dictOf, itemsOf, textOf } from './interpretation.js';
import { numpyArrayOf, numpyScalarOf } from './numpyValues.js';
import { PickleGlobal, PickleObject, PickleText, type PickleValue } from './values.js';

/** Memo references make a small pickle an exponentially large tree; constructor arguments have a few hundred nodes. */
const MOST_NODES = 20_000;

/** How many more values the settings of one file may have. */
export interface SettingsBudget {
  nodes: number;
}

export const settingsBudget = (): SettingsBudget => ({ nodes: MOST_NODES });

const DEEPEST = 32;
/** Longer arrays are weights, not settings. */
const LONGEST_ARRAY = 512;

/**
 * Turns settings (dicts, lists, NumPy numbers) into plain JSON values. What has no JSON form becomes its name in
 * angle brackets: `<training.networks.Generator>`.
 *
 * @param budget shared by all settings of a file, because they can share their parts.
 * @throws GanvasError `pickle-too-complex` for nesting beyond 32 or more than 20 000 values, cycles included.
 */
export function plainValue(value: PickleValue | undefined, budget = settingsBudget()): unknown {
  const spend = (count: number, depth: number): void => {
    budget.nodes -= count;
    if (budget.nodes >= 0 && depth <= DEEPEST) return;
    throw new GanvasError(
      'pickle-too-complex',
      'The settings stored in the file are nested too deeply or refer to themselves; they cannot be read.',
    );
  };
  const convert = (item: PickleValue | undefined, depth: number): unknown => {
    spend(1, depth);
    const scalar = scalarOf(item);
    if (scalar !== undefined) return scalar;
    const dict = dictOf(item);
    if (dict) {
      const entries = [...dict].map(([key, entry]) => [keyText(key), convert(entry, depth + 1)] as const);
      // Defines own properties, so a key named __proto__ stays a key.
      return Object.fromEntries(entries);
    }
    const items = itemsOf(item);
    if (items) return items.map((entry) => convert(entry, depth + 1));
    const array = arrayOf(item);
    spend(array?.length ?? 0, depth);
    return array ?? nameOf(item);
  };
  return convert(value, 0);
}

/**
 * A single setting as JSON has it: NumPy scalars become numbers, `torch.device` its text, integers beyond 2^53 text.
 * `undefined` when the value is no scalar; text too long to be a setting is none.
 */
export function scalarOf(value: PickleValue | undefined): string | number | boolean | null | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value;
  const device = callArguments(value, 'torch.device');
  if (device) return device.map((part) => (typeof part === 'number' ? part : textOf(part))).join(':');
  return numpyScalarOf(value) ?? undefined;
}

function arrayOf(value: PickleValue | undefined): number[] | null {
  const tensor = numpyArrayOf(value, LONGEST_ARRAY);
  return tensor && [...readTensor(tensor)];
}

function keyText(key: PickleValue): string {
  return textOf(key) ?? String(scalarOf(key) ?? nameOf(key));
}

function nameOf(value: PickleValue | undefined): string {
  if (value instanceof PickleGlobal || value instanceof PickleObject) return `<${value.qualifiedName}>`;
  if (value instanceof PickleText) return `<text of ${value.bytes.length} bytes>`;
  return value instanceof Uint8Array ? `<${value.length} bytes>` : '<unknown>';
}
