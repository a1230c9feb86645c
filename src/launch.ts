#!/usr/bin/env -S MALLOC_TRIM_THRESHOLD_=131072 MALLOC_ARENA_MAX=1 node --min-semi-space-size=4 --max-semi-space-size=4
import { runProgram } from './compiled.js'

/*
 * The first line starts Node with what nobody can set once it runs. glibc gives back what is freed, instead of keeping ever more of it, and has
 * one heap for all threads, since each of several keeps its own gaps; V8 has room for new objects as `foundation/engine.ts` says.
 */

runProgram()
