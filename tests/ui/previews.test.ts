import { expect, it } from 'vitest';
import type { Pixels } from '../../src/workbench/api.js';
import { ChangeQueue } from '../../src/ui/session/changeQueue.js';
import { Previews, stripStrengths } from '../../src/ui/session/previews.js';
import { FakeWorkbench } from './fakeWorkbench.js';

interface Bench {
  readonly fake: FakeWorkbench;
  readonly queue: ChangeQueue;
  readonly previews: Previews;
  readonly asked: (readonly number[])[];
}

async function bench(): Promise<Bench> {
  const fake = new FakeWorkbench();
  await fake.openModel({ name: 'face64-g.safetensors', bytes: new ArrayBuffer(64) });
  const asked: (readonly number[])[] = [];
  const thumbnails = fake.thumbnails.bind(fake);
  fake.thumbnails = (seeds, onPicture) => {
    asked.push(seeds);
    return thumbnails(seeds, onPicture);
  };
  const queue = new ChangeQueue(() => undefined);
  const previews = new Previews(fake, queue, (thrown) => {
    throw thrown;
  });
  previews.follow(await fake.getState());
  return { fake, queue, previews, asked };
}

const picture = (previews: Previews, seed: number, urgent = false): Promise<Pixels> =>
  new Promise((resolve) => previews.thumbnail(seed, urgent, resolve));

it('asks for each seed once, the urgent ones first, and answers from memory afterwards', async () => {
  const { previews, asked } = await bench();
  await Promise.all([picture(previews, 5), picture(previews, 2), picture(previews, 5), picture(previews, 9, true)]);
  expect(asked.flat()).toEqual([9, 2, 5]);
  await picture(previews, 2);
  expect(asked.flat()).toHaveLength(3);
});

it('makes pictures again when truncation changes, and drops those of before', async () => {
  const { fake, previews, asked } = await bench();
  const before = await picture(previews, 3);
  await fake.change({ kind: 'truncation', psi: 0, cutoff: null }, 'commit');
  expect(previews.follow(await fake.getState())).toBe(true);
  const after = await picture(previews, 3);
  expect(asked.flat()).toEqual([3, 3]);
  expect(after.data).not.toEqual(before.data);
});

it('keeps everyone who asks for a seed again, one after another', async () => {
  const { fake, previews } = await bench();
  const shown = new Map<string, number>();
  const ask = (who: string): (() => void) =>
    previews.thumbnail(4, false, () => shown.set(who, (shown.get(who) ?? 0) + 1));
  const [film, sheet] = [ask('film'), ask('sheet')];
  await picture(previews, 4);
  await fake.change({ kind: 'truncation', psi: 0, cutoff: null }, 'commit');
  previews.follow(await fake.getState());
  film();
  ask('film');
  sheet();
  ask('sheet');
  await picture(previews, 4);
  expect([...shown]).toEqual([
    ['film', 2],
    ['sheet', 2],
  ]);
});

it('waits until no change is under way', async () => {
  const { queue, previews, asked } = await bench();
  let finish = (): void => undefined;
  const change = queue.add('a', false, () => new Promise((resolve) => (finish = resolve)));
  const waiting = picture(previews, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toEqual([]);
  finish();
  await change;
  await waiting;
  expect(asked).toEqual([[1]]);
});

it('delivers a strip to its end, and nothing once interest is lost', async () => {
  const { fake, previews } = await bench();
  const [direction] = await fake.discovery.discoverSefa('all', 1);
  if (direction === undefined) throw new Error('no direction was found');
  const strip = await new Promise<readonly Pixels[]>((resolve) => {
    previews.strip(direction.id, (made) => made.length === stripStrengths.length && resolve(made));
  });
  expect(strip).toHaveLength(7);
  let late = 0;
  previews.strip(direction.id, () => late++)();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(late).toBe(0);
});
