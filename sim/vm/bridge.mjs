// One MicroPython per process, served over two pipes: the node half of the bridge.
//
// Owns the VM's life, the shape of a record, and which bytes of VM memory a bus transaction reads
// or fills. Must never know what an operation means: inside/machine.py (in the VM) and forward.py
// (on the Python side) settle that between them.
//
// A record, both ways, little endian: op u8, 0 u8, handle u16, a i32, b i32, size u32, then, if
// the op says SEND, `size` bytes. An answer: i32, then, if that is 0, the bytes a FILL asked for.
// All I/O is synchronous: while the firmware waits for its bus, nothing else may happen. Nothing
// here touches process.stdin or process.stdout, which would make the pipes non-blocking.

import fs from "node:fs";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript";

const SEND = 0x80; // `size` bytes of the buffer travel with the record
const FILL = 0x40; // the answer brings `size` bytes into the buffer
const ASK = 0x20; // the firmware waits for the answer; without it the record is posted

const DONE = SEND | 1; // VM to Python: the command is done; a = result, b = us spent in the VM
const RAISED = SEND | 2; // VM to Python: Python code raised; data = traceback

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const HEADER = 16;
const LARGEST = 1 << 16; // bytes in one buffer
const FEW = 16; // bytes up to which a loop is faster than a copy of a sub-array

// 128 KiB is where the heap starts, not where it ends: this port grows rather than collect while
// Python runs. 2,048 pointers of Python stack are about what an ESP32's 16 KiB task stack holds.
const HEAP_BYTES = 128 * 1024;
const STACK_POINTERS = 2048;

const outbox = new Uint8Array(HEADER + LARGEST);
const fields = new DataView(outbox.buffer);
const inbox = Buffer.alloc(4 + LARGEST);
let pending = 0; // bytes of `outbox` not yet sent
let outside_ms = 0; // spent waiting for the Python side since the command began
let printed = null; // what a snippet prints, while one runs

function read(buffer, from, least, most) {
  while (from < least) {
    const got = fs.readSync(STDIN, buffer, from, most - from, null);
    if (got === 0) process.exit(0); // nobody is there any more
    from += got;
  }
  return from;
}

function flush() {
  let from = 0;
  while (from < pending) from += fs.writeSync(STDOUT, outbox, from, pending - from);
  pending = 0;
}

// Append a record. Its data, if it is to be sent, is `data` from `from` on.
function put(op, handle, a, b, size, data, from) {
  if (size > LARGEST) throw new RangeError(`a buffer of ${size} bytes, at most ${LARGEST} cross`);
  const length = op & SEND ? size : 0;
  if (pending + HEADER + length > outbox.length) flush();
  fields.setUint8(pending, op);
  fields.setUint16(pending + 2, handle, true);
  fields.setInt32(pending + 4, a, true);
  fields.setInt32(pending + 8, b, true);
  fields.setUint32(pending + 12, size, true);
  pending += HEADER;
  if (length <= FEW) for (let i = 0; i < length; i++) outbox[pending + i] = data[from + i];
  else outbox.set(data.subarray(from, from + length), pending);
  pending += length;
}

// What the VM calls. Only ints cross: a buffer is its address in the VM's memory, so that no
// transaction of any size allocates on the heap that is being measured. An operation that both
// sends and fills has the address to fill in `b`.
function forward(op, handle, a, b, address, size) {
  const heap = vm._module.HEAPU8;
  const both = op & SEND && op & FILL;
  put(op, handle, a, both ? 0 : b, size, heap, address);
  if (!(op & ASK)) return 0;
  const began = performance.now();
  flush();
  const fill = op & FILL ? size : 0;
  const got = read(inbox, 0, 4, 4 + fill);
  const result = inbox.readInt32LE(0);
  if (result === 0 && fill) {
    read(inbox, got, 4 + fill, 4 + fill);
    heap.set(inbox.subarray(4, 4 + fill), both ? b : address);
  }
  outside_ms += performance.now() - began;
  return result;
}

function onPrint(bytes) {
  if (printed === null) fs.writeSync(STDERR, bytes);
  else printed.push(Buffer.from(bytes));
}

const vm = await loadMicroPython({
  heapsize: HEAP_BYTES,
  pystack: STACK_POINTERS,
  linebuffer: false,
  stdout: onPrint,
  stderr: onPrint,
});
vm.registerJsModule("_bridge", forward);
vm.FS.chdir("/");

let call = null; // the one function of the VM that is called, of inside/turns.py

// By number, as in box.py.
const commands = [
  function file(nameLength, _, data) {
    const path = data.toString("utf8", 0, nameLength);
    vm.FS.mkdirTree(path.slice(0, path.lastIndexOf("/") + 1));
    vm.FS.writeFile(path, data.subarray(nameLength));
    return 0;
  },
  function start() {
    call = vm.pyimport("turns").call;
    return 0;
  },
  function callTurns(argument, which) {
    return call(which, argument);
  },
  function run(_, __, snippet) {
    printed = [];
    vm.runPython(snippet.toString());
    return 0;
  },
];

function serve(command, a, b, data) {
  const began = performance.now();
  outside_ms = 0;
  let op = DONE;
  let result = 0;
  let text = Buffer.alloc(0);
  try {
    result = commands[command](a, b, data);
    if (printed !== null) text = Buffer.concat(printed);
  } catch (error) {
    if (error.name !== "PythonError") throw error;
    op = RAISED;
    text = Buffer.from(error.message);
  }
  printed = null;
  const inside_us = (performance.now() - began - outside_ms) * 1000;
  put(op, 0, result, inside_us, Math.min(text.length, LARGEST), text, 0);
  flush();
}

try {
  const header = Buffer.alloc(HEADER);
  for (;;) {
    read(header, 0, HEADER, HEADER);
    const data = Buffer.alloc(header.readUInt32LE(12));
    read(data, 0, data.length, data.length);
    serve(header.readUInt8(0), header.readInt32LE(4), header.readInt32LE(8), data);
  }
} catch (error) {
  // The VM itself broke. Only the message: the stack would print 100 KB of minified source.
  fs.writeSync(STDERR, `bridge.mjs: ${error.name}: ${error.message}\n`);
  process.exit(70);
}
