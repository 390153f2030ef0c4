/** A schema as OpenAPI v3 has it, as far as `explain` looks at it. */
export interface ApiSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: ApiSchema;
  readonly additionalProperties?: boolean | ApiSchema;
  readonly allOf?: readonly ApiSchema[];
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly "x-kubernetes-group-version-kind"?: readonly Partial<KindName>[];
}

export interface KindName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export type Schemas = Readonly<Record<string, ApiSchema>>;

/** A kind with all that its schema refers to. */
export interface ExplainedKind {
  readonly name: KindName;
  readonly schema: ApiSchema;
  readonly schemas: Schemas;
}

/** The schema that describes a kind; undefined when none of them does. */
export function kindIn(schemas: Schemas, name: KindName): ExplainedKind | undefined {
  const schema = Object.values(schemas).find(({ "x-kubernetes-group-version-kind": names = [] }) =>
    names.some(
      ({ group = "", version, kind }) =>
        group === name.group && version === name.version && kind === name.kind,
    ),
  );
  return schema === undefined ? undefined : { name, schema, schemas };
}

/** The schema that a field's own refers to, or that of its items or values: where its fields are. */
export function resolve(schema: ApiSchema, schemas: Schemas): ApiSchema {
  const { $ref, allOf, items, additionalProperties } = schema;
  if ($ref !== undefined) return schemas[$ref.split("/").at(-1) ?? ""] ?? {};
  const [only, ...more] = allOf ?? [];
  if (only !== undefined && more.length === 0 && schema.properties === undefined)
    return resolve(only, schemas);
  if (items !== undefined) return resolve(items, schemas);
  if (typeof additionalProperties === "object") return resolve(additionalProperties, schemas);
  return schema;
}

/** `string`, `[]Object`, `map[string]string`, `ObjectMeta`. */
export function typeText(schema: ApiSchema): string {
  const { items, additionalProperties, allOf, properties, $ref, type } = schema;
  if (items !== undefined) return `[]${typeText(items)}`;
  if (typeof additionalProperties === "object")
    return `map[string]${typeText(additionalProperties)}`;
  const [only, ...more] = allOf ?? [];
  if (only !== undefined && more.length === 0 && properties === undefined) return typeText(only);
  if ($ref !== undefined) return $ref.split("/").at(-1)?.split(".").at(-1) ?? "Object";
  return type === undefined || type === "object" ? "Object" : type;
}
