#!/usr/bin/env node
import { runProgram } from './compiled.js'

runProgram()
