import { type ClassConstructor, TransformationType, type TransformFnParams } from 'class-transformer';
import type { MetadataStorage } from 'class-transformer/types/MetadataStorage';
import { getMetadataStorage, type ValidationArguments, ValidationTypes } from 'class-validator';
import { type Member, shapeOf } from './shape';

// class-transformer exports its storage nowhere else; @nestjs/mapped-types reads it from here, too.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const storage = require('class-transformer/cjs/storage') as { defaultMetadataStorage: MetadataStorage };
const transforming = storage.defaultMetadataStorage;

type RuleMetadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Check = (dto: object, value: unknown) => boolean;

interface Field extends Member {
  transforms: ((parameters: TransformFnParams) => unknown)[];
  /** Of the object, or of each element. */
  part?: CompiledDto;
  /** The field is checked if all of them hold. */
  conditions: Check[];
  rules: Check[];
}

const compiled = new Map<ClassConstructor<object>, CompiledDto | undefined>();

/**
 * The DTO, compiled once from the decorators that class-validator and class-transformer read. Undefined when one of
 * them means something that is not compiled: the libraries check such a DTO alone.
 */
export function compiledOf(dto: ClassConstructor<object>): CompiledDto | undefined {
  if (!compiled.has(dto)) {
    compiled.set(dto, undefined); // what a DTO that contains itself finds
    compiled.set(dto, compile(dto));
  }
  return compiled.get(dto);
}

/**
 * Says yes or no, where class-validator lists the errors: without looking up rules, and without an object for each
 * field that may have some. Says no to what it does not know, so that only a yes is final.
 */
export class CompiledDto {
  constructor(
    private readonly target: ClassConstructor<object>,
    private readonly fields: ReadonlyMap<string, Field>,
  ) {}

  /** The instance that the libraries would make of the value; undefined when it breaks a rule. */
  create(value: object): object | undefined {
    const dto = this.build(value);
    return dto && this.isValid(dto) ? dto : undefined;
  }

  private build(value: object): object | undefined {
    const dto = new this.target() as Record<string, unknown>;
    for (const [key, given] of Object.entries(value)) {
      const field = this.fields.get(key);
      let built = field && valueFor(field, given);
      if (!field || built === undefined) return undefined;
      for (const transform of field.transforms)
        built = transform({ value: built, key, obj: value, type: TransformationType.PLAIN_TO_CLASS, options: {} });
      if (built !== undefined) dto[key] = built;
    }
    return dto;
  }

  private isValid(dto: object): boolean {
    for (const [name, { conditions, rules, part }] of this.fields) {
      const value = (dto as Record<string, unknown>)[name];
      if (!conditions.every((holds) => holds(dto, value))) continue;
      if (!rules.every((holds) => holds(dto, value))) return false;
      if (part && value !== undefined && !(Array.isArray(value) ? value : [value]).every((each) => part.is(each)))
        return false;
    }
    return true;
  }

  private is(value: unknown): boolean {
    return value instanceof this.target && this.isValid(value);
  }

  static elementFor({ part }: Field, given: unknown): unknown {
    if (typeof given !== 'object' || given === null) return given;
    return Array.isArray(given) ? undefined : part?.build(given);
  }
}

/** Undefined for what the field has no room for. */
function valueFor(field: Field, given: unknown): unknown {
  if (!Array.isArray(given)) return CompiledDto.elementFor(field, given);
  if (given.length > field.most) return undefined;
  const elements = given.map((each) => CompiledDto.elementFor(field, each));
  return elements.includes(undefined) ? undefined : elements;
}

function compile(dto: ClassConstructor<object>): CompiledDto | undefined {
  const all = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const fields = new Map<string, Field>();
  for (const [name, member] of shapeOf(dto)) {
    const own = all.filter(({ propertyName }) => propertyName === name);
    const field = fieldOf(dto, name, member, own);
    if (!field) return undefined;
    fields.set(name, field);
  }
  const isSelective =
    transforming.getStrategy(dto) !== 'none' ||
    transforming.getExposedMetadatas(dto).length > 0 ||
    transforming.getExcludedMetadatas(dto).length > 0;
  const hasRules = fields.size > 0 && Object.keys(new dto()).every((name) => fields.has(name));
  return hasRules && !isSelective ? new CompiledDto(dto, fields) : undefined;
}

function fieldOf(dto: ClassConstructor<object>, name: string, member: Member, all: RuleMetadata[]): Field | undefined {
  const type = transforming.findTypeMetadata(dto, name);
  const transforms = transforming.findTransformMetadatas(dto, name, TransformationType.PLAIN_TO_CLASS);
  const part = member.nested && compiledOf(member.nested);
  const isOdd =
    name in (dto.prototype as object) ||
    !!type !== !!member.nested ||
    !!part !== !!member.nested ||
    type?.options?.discriminator !== undefined ||
    [Set, Map].includes(type?.reflectedType as SetConstructor) ||
    transforms.some(({ options }) => options?.groups !== undefined);
  const conditions = all.filter((rule) => rule.type === ValidationTypes.CONDITIONAL_VALIDATION).map(conditionOf);
  const rules = all.filter(({ type }) => !STRUCTURE.includes(type)).map(ruleOf);
  if (isOdd || !isComplete(rules)) return undefined;
  return { ...member, part, conditions, rules, transforms: transforms.map(({ transformFn }) => transformFn) };
}

/** What is not checked by a rule: `@ValidateIf` and `@ValidateNested`. */
const STRUCTURE: string[] = [ValidationTypes.CONDITIONAL_VALIDATION, ValidationTypes.NESTED_VALIDATION];

const isComplete = <T>(all: (T | undefined)[]): all is T[] => !all.includes(undefined);

const conditionOf = ({ constraints }: RuleMetadata): Check => {
  const [condition] = constraints as [(dto: object, value: unknown) => unknown];
  return (dto, value) => Boolean(condition(dto, value));
};

/** The rule as class-validator's own or our own validator checks it; a promise is no yes. */
function ruleOf({ type, constraintCls, constraints, each, validateIf, target, propertyName: property }: RuleMetadata) {
  const validators = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  if (type !== ValidationTypes.CUSTOM_VALIDATION || validators.length !== 1 || validateIf) return undefined;
  const [{ instance, async }] = validators;
  if (async) return undefined;
  const targetName = (target as { name: string }).name;
  const check: Check = (object, value) => {
    const details: ValidationArguments = { targetName, property, object, value, constraints };
    return each && Array.isArray(value)
      ? value.every((one) => instance.validate(one, details) === true)
      : instance.validate(value, details) === true;
  };
  return check;
}
