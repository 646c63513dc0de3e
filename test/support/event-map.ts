/**
 * The map of docs/events.md, read from the code: what the contracts publish, who records it, who reacts.
 * `npm run docs:events` writes it; test/architecture/event-map.spec.ts fails when it is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const SECTION = /(<!-- events: npm run docs:events -->\n)[\s\S]*?(<!-- \/events -->)/;

export interface MappedEvent {
  type: string;
  /** The first sentence of the contract's comment. */
  meaning: string;
  /** Contexts whose code makes such an event. */
  emittedBy: string[];
  /** `context: Class.method` */
  handledBy: string[];
}

export interface EventMap {
  events: MappedEvent[];
  /** Types that code handles or records and that no contract has. */
  unknown: string[];
}

export function eventMap(): EventMap {
  const contracts = nodesIn(/^contracts\/src\//, ts.isInterfaceDeclaration).flatMap(({ node }) => {
    const type = node.members.map(typeMember).find((each) => each !== undefined);
    return type ? [{ type, meaning: meaningOf(node) }] : [];
  });
  const handlers = nodesIn(/^[^/]+\/src\//, ts.isMethodDeclaration).flatMap(({ node, context }) =>
    subscriptionsOf(node).map((type) => ({ type, by: `${context}: ${nameOf(node.parent)}.${nameOf(node)}` })),
  );
  const recorded = nodesIn(/^[^/]+\/src\/domain\//, ts.isPropertyAssignment).flatMap(({ node, context }) => {
    const type = nameOf(node) === 'type' && ts.isStringLiteral(node.initializer) ? node.initializer.text : '';
    return type.startsWith(`${context}.`) ? [{ type, by: context }] : [];
  });
  const known = new Set(contracts.map(({ type }) => type));
  const those = (list: { type: string; by: string }[], type: string) => [
    ...new Set(list.filter((each) => each.type === type).map(({ by }) => by)),
  ];
  return {
    events: contracts.map((event) => ({
      ...event,
      emittedBy: those(recorded, event.type),
      handledBy: those(handlers, event.type).sort(),
    })),
    unknown: [...new Set([...handlers, ...recorded].map(({ type }) => type).filter((type) => !known.has(type)))],
  };
}

/** The page with the map as the code has it now. */
export function withEventMap(page: string): string {
  if (!SECTION.test(page)) throw new Error('docs/events.md has no section for the events');
  const rows = eventMap().events.map(({ type, meaning, emittedBy, handledBy }) => [
    `\`${type}\``,
    meaning,
    emittedBy.join(', ') || 'nobody yet',
    handledBy.map((by) => by.replace(/: (.*)/, ': `$1`')).join('<br>') || '–',
  ]);
  return page.replace(SECTION, (_, begin: string, end: string) => `${begin}\n${table(rows)}\n\n${end}`);
}

function table(rows: string[][]): string {
  const all = [['Event', 'Says', 'Emitted by', 'Handled by'], ['---', '---', '---', '---'], ...rows];
  return all.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** In the sources below libs/ whose path matches; `context` is the library. */
function nodesIn<Node extends ts.Node>(path: RegExp, is: (node: ts.Node) => node is Node) {
  const found: { node: Node; context: string }[] = [];
  const sources = readdirSync(join(ROOT, 'libs'), { recursive: true, encoding: 'utf8' }).sort();
  for (const file of sources.filter((each) => path.test(each) && /(?<!\.spec)\.ts$/.test(each))) {
    const [context] = file.split('/');
    const visit = (node: ts.Node): void => {
      if (is(node)) found.push({ node, context });
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(join(ROOT, 'libs', file), 'utf8'), ts.ScriptTarget.Latest, true));
  }
  return found;
}

/** `type: 'ordering.order-placed'` */
function typeMember(member: ts.TypeElement): string | undefined {
  const isType = ts.isPropertySignature(member) && nameOf(member) === 'type' && member.type;
  const literal = isType && ts.isLiteralTypeNode(isType) ? isType.literal : undefined;
  return literal && ts.isStringLiteral(literal) ? literal.text : undefined;
}

/** `@OnEvent('ordering.order-placed')`, any number of them. */
const subscriptionsOf = (method: ts.MethodDeclaration): string[] =>
  (ts.getDecorators(method) ?? []).flatMap(({ expression }) => {
    if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'OnEvent') return [];
    return expression.arguments.filter(ts.isStringLiteral).map(({ text }) => text);
  });

/** The first sentence of the contract's comment. */
function meaningOf(node: ts.InterfaceDeclaration): string {
  const [comment] = ts.getJSDocCommentsAndTags(node);
  const text = (ts.getTextOfJSDocComment(comment?.comment) ?? '').replace(/\s+/g, ' ');
  return /^.*?[.:;](?= |$)/.exec(text)?.[0].replace(/[.:;]$/, '') ?? text;
}

const nameOf = (node: ts.Node): string => (node as { name?: ts.Node }).name?.getText() ?? '';

if (require.main === module) {
  const file = join(ROOT, 'docs/events.md');
  writeFileSync(file, withEventMap(readFileSync(file, 'utf8')));
}
