import { precompile } from './compiled.js'

// What a start runs is compiled, the opening of every feature included (over the empty folder that the build names); what only
// requests run is left to them.
process.argv = [process.execPath, 'handpress', 'audit', 'verify']
precompile()
