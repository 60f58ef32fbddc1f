#!/usr/bin/env node
// In words that any Node of the last years reads: it has to say that it is too old.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Edgeward needs Node 20.19 or newer, 24 is recommended; this is ${process.versions.node}. Get one from https://nodejs.org.\n`,
  )
  process.exitCode = 1
} else {
  try {
    await import('../dist/main.js')
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    process.stderr.write(
      `Edgeward is not built here, or a part of it is missing (${error.message.split('\n')[0]}). Run \`npm ci\` in the clone.\n`,
    )
    process.exitCode = 1
  }
}
