/** Counts calls of a device's and its queue's methods, by name. */
export class CallCounts {
  private readonly counts = new Map<string, number>();

  add(name: string): void {
    this.counts.set(name, this.of(name) + 1);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  reset(): void {
    this.counts.clear();
  }

  /** Calls of everything that creates a GPU object other than what a submit needs. */
  get created(): number {
    const names = [...this.counts.keys()].filter(
      (name) => name.startsWith('create') && name !== 'createCommandEncoder',
    );
    return names.reduce((sum, name) => sum + this.of(name), 0);
  }
}

/** The device, counting what is called; `replaced` members are given in place of its own. */
export function watchDevice(
  device: GPUDevice,
  calls: CallCounts,
  replaced: Readonly<Record<string, unknown>> = {},
): GPUDevice {
  return watch(device, calls, { queue: watch(device.queue, calls, {}), ...replaced });
}

function watch<T extends object>(target: T, calls: CallCounts, replaced: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get(object, key): unknown {
      if (typeof key === 'string' && key in replaced) return replaced[key];
      const value: unknown = Reflect.get(object, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        calls.add(String(key));
        // Dawn's objects insist on being called themselves.
        return Reflect.apply(value, object, args);
      };
    },
  });
}
