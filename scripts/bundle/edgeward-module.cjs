// Starts a security module from its bundle. The code is compiled from a cache that `npm run bundle` has made; another
// version of Node, or a changed file, is noticed by V8 and compiled anew.
'use strict'
const { readFileSync, writeFileSync } = require('node:fs')
const Module = require('node:module')
const { dirname, join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

// Code that runs a few times at the start is not worth a compiler's memory (4 MB); what taps use is compiled later.
setFlagsFromString('--interrupt-budget=2000000')
// A tap leaves little behind that lives: the young part of the heap stays at its first size (1 MB) instead of growing to 48.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--optimize-for-size')

const file = join(__dirname, 'main.js')
const cacheFile = join(__dirname, 'main.cache')
const script = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file, cachedData: readCache() })
// Other files of the bundle ask for this one by its name, and must find the one that runs.
const main = new Module(file, module)
main.filename = file
Module._cache[file] = main
script.runInThisContext()(main.exports, Module.createRequire(file), main, file, dirname(file))
main.loaded = true
if (process.env.EDGEWARD_WRITE_CODE_CACHE === '1')
  process.once('exit', () => writeFileSync(cacheFile, script.createCachedData()))

function readCache() {
  try {
    return readFileSync(cacheFile)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
