import { MattelierError } from "../util/errors.js";

/**
 * What a restricted pickle can hold: plain data, and the objects that the caller's table of globals makes.
 * A dict becomes a Map, a tuple or list an array, a set an array too.
 */
export type Pickled =
  null | boolean | number | bigint | string | Uint8Array | Pickled[] | Map<Pickled, Pickled> | PickleObject;

/** Whatever a maker of the caller returns; the reader never looks inside. */
export interface PickleObject {
  readonly pickled: string;
}

export interface PickleWorld {
  /** The only callables, by `module.name`. Everything else is refused, and nothing is ever imported or run. */
  readonly makers: ReadonlyMap<string, (args: readonly Pickled[]) => Pickled>;
  /** Globals that are plain markers (storage types): they stand for themselves and cannot be called. */
  readonly isMarker: (name: string) => boolean;
  /** What a persistent id stands for. */
  readonly persistent: (id: Pickled) => Pickled;
}

/** A global named in a pickle: a maker to call, or a marker. */
export interface PickleGlobal extends PickleObject {
  readonly pickled: "global";
  readonly name: string;
}

const MARK = Symbol("mark");
type Slot = Pickled | typeof MARK;

const SAVE_ANEW =
  "load the checkpoint where you trust it, and save the state dict alone (or as .safetensors)";
const COPY_AGAIN = "the file seems cut short: copy or download it again";

/**
 * Read one pickle (protocols 0 to 5, as far as data needs them) without running anything.
 * @returns the value and the offset after it, since PyTorch's older format strings several together
 * @throws MattelierError `invalid-data` for a global or an opcode outside the table, or a damaged stream
 */
export function unpickle(
  bytes: Uint8Array,
  world: PickleWorld,
  { offset = 0, where = "pickle" } = {},
): { value: Pickled; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder("utf-8", { fatal: true });
  const stack: Slot[] = [];
  const memo = new Map<number, Pickled>();
  let at = offset;

  const refuse = (expected: string, got: string, fix = SAVE_ANEW): never => {
    throw new MattelierError({ code: "invalid-data", where: `${where}, byte ${at}`, expected, got, fix });
  };
  const take = (count: number): Uint8Array => {
    if (count < 0 || at + count > bytes.length)
      refuse(`${count} more bytes`, `the end after ${bytes.length - at}`, COPY_AGAIN);
    at += count;
    return bytes.subarray(at - count, at);
  };
  const u8 = (): number => take(1)[0]!;
  const u32 = (): number => view.getUint32((take(4), at - 4), true);
  const size64 = (): number => {
    const size = Number(view.getBigUint64((take(8), at - 8), true));
    return size > bytes.length ? refuse("a length within the file", String(size)) : size;
  };
  const line = (): string => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) refuse("a line", "the end of the file", COPY_AGAIN);
    const content = text.decode(take(end - at));
    at += 1;
    return content;
  };
  const pop = (): Pickled => {
    const top = stack.pop();
    return top === undefined || top === MARK ? refuse("a value on the stack", "none") : top;
  };
  const top = (): Pickled => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const popMark = (): Pickled[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) refuse("a mark on the stack", "none");
    return stack.splice(mark).slice(1) as Pickled[];
  };
  const global = (module: string, name: string): PickleGlobal => {
    const full = `${module}.${name}`;
    if (!world.makers.has(full) && !world.isMarker(full))
      refuse(
        "tensors and plain containers only",
        `${full}, which a checkpoint has no need of (nothing was run)`,
      );
    return { pickled: "global", name: full };
  };
  const isGlobal = (x: Pickled): x is PickleGlobal =>
    x !== null && typeof x === "object" && "pickled" in x && x.pickled === "global";
  const call = (callee: Pickled, args: Pickled): Pickled => {
    const maker = isGlobal(callee) ? world.makers.get(callee.name) : undefined;
    if (maker === undefined)
      return refuse("a tensor to rebuild", isGlobal(callee) ? callee.name : typeof callee);
    return Array.isArray(args) ? maker(args) : refuse("a tuple of arguments", typeof args);
  };
  const setItems = (target: Pickled, items: readonly Pickled[]): void => {
    if (!(target instanceof Map)) return refuse("a dict to fill", typeof target);
    for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i]!, items[i + 1]!);
  };
  const append = (target: Pickled, items: readonly Pickled[]): void => {
    if (!Array.isArray(target)) return refuse("a list to fill", typeof target);
    for (const item of items) target.push(item);
  };
  const long = (count: number): Pickled => {
    const little = take(count);
    let value = 0n;
    for (let i = little.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(little[i]!);
    if (count > 0 && little[count - 1]! & 0x80) value -= 1n << BigInt(8 * count);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  const recall = (key: number): Pickled =>
    memo.has(key) ? memo.get(key)! : refuse("a remembered value", `none under ${key}`);

  for (;;) {
    const code = String.fromCharCode(u8());
    switch (code) {
      case "\x80": // PROTO
        if (u8() > 5) refuse("pickle protocol 5 at most", "a newer one");
        break;
      case "\x95": // FRAME
        size64();
        break;
      case ".": // STOP
        return { value: pop(), end: at };
      case "(": // MARK
        stack.push(MARK);
        break;
      case "0": // POP
        stack.pop();
        break;
      case "1": // POP_MARK
        popMark();
        break;
      case "2": // DUP
        stack.push(top());
        break;
      case "N":
        stack.push(null);
        break;
      case "\x88":
        stack.push(true);
        break;
      case "\x89":
        stack.push(false);
        break;
      case "K": // BININT1
        stack.push(u8());
        break;
      case "M": // BININT2
        stack.push(view.getUint16((take(2), at - 2), true));
        break;
      case "J": // BININT
        stack.push(view.getInt32((take(4), at - 4), true));
        break;
      case "\x8a": // LONG1
        stack.push(long(u8()));
        break;
      case "G": // BINFLOAT
        stack.push(view.getFloat64((take(8), at - 8), false));
        break;
      case "I": {
        const word = line();
        stack.push(word === "01" ? true : word === "00" ? false : Number(word));
        break;
      }
      case "L":
        stack.push(Number(line().replace(/L$/, "")));
        break;
      case "F":
        stack.push(Number(line()));
        break;
      case "X": // BINUNICODE
        stack.push(text.decode(take(u32())));
        break;
      case "\x8c": // SHORT_BINUNICODE
        stack.push(text.decode(take(u8())));
        break;
      case "\x8d": // BINUNICODE8
        stack.push(text.decode(take(size64())));
        break;
      case "V":
        stack.push(line());
        break;
      case "U": // SHORT_BINSTRING
        stack.push(text.decode(take(u8())));
        break;
      case "T": // BINSTRING
        stack.push(text.decode(take(u32())));
        break;
      case "C": // SHORT_BINBYTES
        stack.push(take(u8()));
        break;
      case "B": // BINBYTES
        stack.push(take(u32()));
        break;
      case "\x8e": // BINBYTES8
        stack.push(take(size64()));
        break;
      case "}":
      case "]":
      case ")":
      case "\x8f":
        stack.push(code === "}" ? new Map<Pickled, Pickled>() : []);
        break;
      case "t": // TUPLE
      case "l":
      case "\x91":
        stack.push(popMark());
        break;
      case "\x85":
        stack.push([pop()]);
        break;
      case "\x86":
        stack.push([pop(), pop()].reverse());
        break;
      case "\x87":
        stack.push([pop(), pop(), pop()].reverse());
        break;
      case "d": {
        const items = popMark();
        stack.push(new Map());
        setItems(top(), items);
        break;
      }
      case "s": {
        const [value, key] = [pop(), pop()];
        setItems(top(), [key, value]);
        break;
      }
      case "u": {
        const items = popMark();
        setItems(top(), items);
        break;
      }
      case "a": {
        const item = pop();
        append(top(), [item]);
        break;
      }
      case "e":
      case "\x90": {
        const items = popMark();
        append(top(), items);
        break;
      }
      case "q": // BINPUT
        memo.set(u8(), top());
        break;
      case "r": // LONG_BINPUT
        memo.set(u32(), top());
        break;
      case "p":
        memo.set(Number(line()), top());
        break;
      case "\x94": // MEMOIZE
        memo.set(memo.size, top());
        break;
      case "h":
        stack.push(recall(u8()));
        break;
      case "j":
        stack.push(recall(u32()));
        break;
      case "g":
        stack.push(recall(Number(line())));
        break;
      case "c": {
        const [module, name] = [line(), line()];
        stack.push(global(module, name));
        break;
      }
      case "\x93": {
        const [name, module] = [pop(), pop()];
        if (typeof module !== "string" || typeof name !== "string")
          return refuse("a global's name", "no text");
        stack.push(global(module, name));
        break;
      }
      case "R": // REDUCE
      case "\x81": {
        // NEWOBJ
        const args = pop();
        stack.push(call(pop(), args));
        break;
      }
      case "b": {
        // BUILD: state of an object. An OrderedDict's holds `_metadata` only; nothing of ours has state.
        const state = pop();
        if (!(top() instanceof Map) || !(state instanceof Map)) refuse("plain data", "an object with state");
        break;
      }
      case "Q": // BINPERSID
        stack.push(world.persistent(pop()));
        break;
      default:
        refuse("an opcode that data needs", `opcode 0x${code.charCodeAt(0).toString(16)}`);
    }
  }
}
