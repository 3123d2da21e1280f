/** What tensors do not say about a network, as far as its file states it. */
import { generatorMetadataKey } from './generatorFamily.js';
import { badSetting, finite } from './networkReading.js';

/** Settings by the names of a model's configuration; each getter gives `undefined` for one that is not stated. */
export class StatedSettings {
  constructor(
    private readonly fields: ReadonlyMap<string, unknown>,
    /** Where they are stated, to follow a colon; null when the file states nothing. */
    readonly source: string | null,
  ) {}

  /**
   * Those that `convert` wrote, or that somebody stated in the same form.
   * @throws GanvasError `unsupported-architecture` when they are not JSON.
   */
  static ofMetadata(metadata: Readonly<Record<string, string>>): StatedSettings {
    const text = metadata[generatorMetadataKey];
    if (text === undefined) return new StatedSettings(new Map(), null);
    return new StatedSettings(fieldsOf(text), "read from the file's metadata");
  }

  /** @throws GanvasError `unsupported-architecture` when it is neither true nor false. */
  flag(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw badSetting(key, value, 'true or false');
  }

  /** @throws GanvasError `unsupported-architecture` when it is no finite number. */
  number(key: string): number | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : finite(key, value);
  }

  value(key: string): unknown {
    return this.fields.get(key);
  }
}

function fieldsOf(text: string): ReadonlyMap<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badSetting(generatorMetadataKey, text, 'JSON', cause);
  }
  return new Map<string, unknown>(Object.entries(typeof json === 'object' && json !== null ? json : {}));
}
