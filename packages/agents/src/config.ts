/**
 * Hyper-parameters as data: every algorithm declares a schema (type, default, range, unit, one line
 * of documentation per key); values from presets and from `--set key=value` are checked against it.
 */
import { AgentError, suggestion } from "./errors.js";

/** A value that a configuration key can hold. */
export type ConfigValue = number | boolean | string;

/** One key of an algorithm's configuration. */
export interface ConfigField {
  /** What values are. */
  readonly type: "number" | "integer" | "boolean" | "string";
  /** Value where neither preset nor user gives one. */
  readonly default: ConfigValue;
  /** Smallest value allowed (numbers). */
  readonly min?: number;
  /** Largest value allowed (numbers). */
  readonly max?: number;
  /** The only values allowed (strings). */
  readonly choices?: readonly string[];
  /** Unit of the value, for help texts and messages: "env steps", "1/update", "" for a plain ratio. */
  readonly unit: string;
  /** One sentence for help texts. */
  readonly doc: string;
}

/** All keys of an algorithm. */
export type ConfigSchema = Readonly<Record<string, ConfigField>>;

/** The schema of a configuration type: one field per key. */
export type SchemaOf<C> = { readonly [K in keyof C]: ConfigField };

/** A complete configuration of some algorithm: every key of its schema has a value. */
export type Config = Readonly<Record<string, ConfigValue>>;

/** The defaults of a schema. */
export function defaults(schema: ConfigSchema): Config {
  return Object.fromEntries(Object.entries(schema).map(([key, field]) => [key, field.default]));
}

/**
 * Puts `overrides` over `base` after checking each against the schema.
 *
 * @throws AgentError UNKNOWN_KEY (nearest key suggested), BAD_VALUE (wrong type or choice) or
 *   OUT_OF_RANGE (range and unit in the message).
 */
export function applyOverrides(
  schema: ConfigSchema,
  base: Config,
  overrides: Readonly<Record<string, ConfigValue>>,
  owner: string,
): Config {
  const result: Record<string, ConfigValue> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(schema, key)) {
      const keys = Object.keys(schema);
      const hint = suggestion(key, keys) || `; its keys are ${keys.join(", ")}`;
      throw new AgentError("UNKNOWN_KEY", `${owner} has no setting "${key}"${hint}`);
    }
    result[key] = checkValue(key, schema[key], value, owner);
  }
  return result;
}

/** `config`, checked against the schema and filled up with its defaults, as the schema's own type. */
export function typedConfig<C extends object>(
  schema: SchemaOf<C>,
  config: Config,
  owner: string,
): C {
  return applyOverrides(schema, defaults(schema), config, owner) as C;
}

/** Parses (from text) and checks one value. */
function checkValue(
  key: string,
  field: ConfigField,
  value: ConfigValue,
  owner: string,
): ConfigValue {
  const parsed = parseValue(field, value);
  const where = `${owner}: setting "${key}"`;
  if (parsed === undefined) {
    const kind = field.type === "integer" ? "a whole number" : `a ${field.type}`;
    throw new AgentError("BAD_VALUE", `${where} must be ${kind} (got "${value}")`);
  }
  if (typeof parsed === "number") checkRange(where, field, parsed);
  if (field.choices !== undefined && !field.choices.includes(String(parsed))) {
    const list = field.choices.join(", ");
    throw new AgentError("BAD_VALUE", `${where} must be one of ${list} (got "${value}")`);
  }
  return parsed;
}

function parseValue(field: ConfigField, value: ConfigValue): ConfigValue | undefined {
  const text = String(value).trim();
  switch (field.type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "string":
      return text;
    case "integer":
    case "number": {
      const number = text === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(number)) return undefined;
      return field.type === "integer" && !Number.isInteger(number) ? undefined : number;
    }
    default:
      return field.type satisfies never;
  }
}

function checkRange(where: string, field: ConfigField, value: number): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = field;
  if (value >= min && value <= max) return;
  const range = max === Number.POSITIVE_INFINITY ? `at least ${min}` : `between ${min} and ${max}`;
  const unit = field.unit === "" ? "" : ` ${field.unit}`;
  throw new AgentError("OUT_OF_RANGE", `${where} must be ${range}${unit} (got ${value})`);
}

/** Parses a list of layer widths such as "64,64". @throws AgentError BAD_VALUE */
export function parseWidths(owner: string, key: string, text: string): number[] {
  const widths = text.split(",").map((part) => Number(part.trim()));
  if (widths.length === 0 || widths.some((w) => !Number.isInteger(w) || w < 1 || w > 8192)) {
    throw new AgentError(
      "BAD_VALUE",
      `${owner}: setting "${key}" must be widths from 1 to 8192 separated by commas, like "64,64" (got "${text}")`,
    );
  }
  return widths;
}
