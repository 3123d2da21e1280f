import { describe, expect, it } from 'vitest';
import { ChangeQueue } from '../../src/ui/session/changeQueue.js';

function gate(): { open: () => void; passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

describe('ChangeQueue', () => {
  it('runs one change at a time and drops the values of a drag that were overtaken', async () => {
    const queue = new ChangeQueue(() => undefined);
    const first = gate();
    const ran: number[] = [];
    const add = (value: number, replaceable: boolean): Promise<void> =>
      queue.add('strength', replaceable, async () => {
        ran.push(value);
        if (value === 0) await first.passed;
      });
    const all = [add(0, true), add(1, true), add(2, true), add(3, true)];
    expect(ran).toEqual([0]);
    first.open();
    await Promise.all(all);
    expect(ran).toEqual([0, 3]);
  });

  it('keeps every commit, in order, and lets a commit take the place of a waiting preview', async () => {
    const queue = new ChangeQueue(() => undefined);
    const first = gate();
    const ran: string[] = [];
    const add = (name: string, key: string | null, replaceable: boolean): Promise<void> =>
      queue.add(key, replaceable, async () => {
        ran.push(name);
        if (name === 'start') await first.passed;
      });
    const all = [
      add('start', null, false),
      add('preview a', 'a', true),
      add('commit a', 'a', false),
      add('undo', null, false),
      add('preview b', 'b', true),
      add('commit a again', 'a', false),
    ];
    first.open();
    await Promise.all(all);
    expect(ran).toEqual(['start', 'commit a', 'undo', 'preview b', 'commit a again']);
  });

  it('hands failures on and goes on with the next change', async () => {
    const failures: unknown[] = [];
    const queue = new ChangeQueue((thrown) => failures.push(thrown));
    const failure = new Error('refused');
    let ran = false;
    await queue.add('a', false, () => Promise.reject(failure));
    await queue.add('b', false, () => {
      ran = true;
      return Promise.resolve();
    });
    expect(failures).toEqual([failure]);
    expect(ran).toBe(true);
  });

  it('is idle only when nothing runs or waits', async () => {
    const queue = new ChangeQueue(() => undefined);
    const first = gate();
    const done = queue.add('a', false, () => first.passed);
    let idle = false;
    const waited = queue.whenIdle().then(() => (idle = true));
    await Promise.resolve();
    expect([queue.idle, idle]).toEqual([false, false]);
    first.open();
    await Promise.all([done, waited]);
    expect([queue.idle, idle]).toEqual([true, true]);
  });
});
