import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import vm from 'node:vm'
import {
  collectNewAlone,
  collectSooner,
  holdNewSpace,
  keepShapeOfTicks,
  optimiseNothing,
} from './foundation/engine.js'

/** The built program, whole, and what V8 made of it: without that, a third of a start goes into reading source text. */
const filename = path.join(import.meta.dirname, 'program.cjs')
const compiled = path.join(import.meta.dirname, 'program.compiled')

/**
 * Runs the built program in this process. V8 takes its compiled form only if it is of the same version and the same text's; else it
 * compiles anew. The program says when it has started: until then nothing is optimised.
 */
export function runProgram(): void {
  holdNewSpace()
  const script = scriptOf(readIfThere(compiled))
  collectNewAlone()
  keepShapeOfTicks()
  optimiseNothing()
  run(script)
  // Not before: what a start makes stays, and collecting it would only take time.
  collectSooner()
}

/** Compiles the program as it runs, and keeps that when the process ends. To be built with the Node that will run it. */
export function precompile(): void {
  rmSync(compiled, { force: true })
  holdNewSpace()
  const script = scriptOf(undefined)
  process.once('exit', () => {
    writeFileSync(`${compiled}.new`, script.createCachedData())
    // A start that comes meanwhile must not find half of it.
    renameSync(`${compiled}.new`, compiled)
  })
  run(script)
}

function scriptOf(cachedData: Buffer | undefined): vm.Script {
  // The bundler writes nothing but ASCII, and a text of single bytes takes half the memory.
  const source = readFileSync(filename, 'latin1')
  return new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename,
    ...(cachedData && { cachedData }),
  })
}

function run(script: vm.Script): void {
  const module = { exports: {} }
  const program: (...given: unknown[]) => void = script.runInThisContext()
  program(module.exports, createRequire(filename), module, filename, path.dirname(filename))
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
