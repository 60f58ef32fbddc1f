// Makes the deployment of a security module: `dist/module/` or the folder that is named, which it empties first. Plain
// Node runs it without node_modules.
//
//     node dist/module/edgeward-module.js ID --data FOLDER [--broker ADDRESS] [--simulation | --production]
//
// One file holds what a tap needs; MQTT lies in another, loaded once the module stands ready. The native part of libsql
// is copied beside it, for the platform that this runs on. Fault points are the empty ones: nothing here sets the
// condition `@edgeward/faults`.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = process.argv[2] ?? join(root, 'dist/module')
/** The code; `edgeward-module.js` starts it. */
const code = 'main'
const entry = 'edgeward-module.js'
const nativeFile = 'libsql.node'

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const bundle = await rolldown({
  input: { [code]: join(root, 'apps/cli/src/module-main.ts') },
  platform: 'node',
  resolve: { conditionNames: ['@edgeward/source', 'node', 'import', 'default'] },
  plugins: [nativeBeside(), onlyTheClient(), withoutNumbers()],
})
const { output } = await bundle.write({
  dir: folder,
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: ({ facadeModuleId }) => (/mqtt/.test(facadeModuleId ?? '') ? 'mqtt.js' : '[name].js'),
  codeSplitting: true,
  minify: { compress: true, mangle: false },
})
await bundle.close()
copyFileSync(nativePart(), join(folder, nativeFile))
writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, type: 'commonjs' })}\n`)
copyFileSync(join(root, 'scripts/bundle/edgeward-module.cjs'), join(folder, entry))
execFileSync(process.execPath, [join(folder, entry), '--help'], {
  env: { ...process.env, EDGEWARD_WRITE_CODE_CACHE: '1' },
})
for (const { fileName } of output)
  console.error(`${fileName} ${Math.round(statSync(join(folder, fileName)).size / 1024)} kB`)

/** libsql looks for its native part among packages; here it lies in the same folder. */
function nativeBeside() {
  return {
    name: 'native-beside',
    transform: {
      filter: { id: /node_modules\/libsql\/index\.js$/ },
      handler(code) {
        const looking =
          /const \{ load, currentTarget \}[^\n]*\nconst \{ familySync[^\n]*\n\nfunction requireNative\(\) \{[\s\S]*?\n\}\n/
        if (!looking.test(code)) throw new Error('libsql looks for its native part in another way now')
        return code.replace(looking, `function requireNative() {\n  return require(__dirname + '/${nativeFile}')\n}\n`)
      },
    },
  }
}

/** The writer of packets would fill 9 MB with each number of two bytes; a module sends a packet now and then. */
function withoutNumbers() {
  return {
    name: 'without-numbers',
    transform: {
      filter: { id: /node_modules\/mqtt-packet\/writeToStream\.js$/ },
      handler(code) {
        const cached = 'let writeNumber = writeNumberCached'
        if (!code.includes(cached) || !code.includes('let toGenerate = true'))
          throw new Error('mqtt-packet has changed')
        return code
          .replace(cached, 'let writeNumber = writeNumberGenerated')
          .replace('let toGenerate = true', 'let toGenerate = false')
      },
    },
  }
}

/** Of MQTT only the client: the module opens its sockets itself, and streams are those of Node. */
function onlyTheClient() {
  const [client, absent] = ['\0mqtt-client', '\0absent']
  return {
    name: 'only-the-client',
    resolveId: {
      filter: { id: /^(mqtt|ws|socks|worker-timers|readable-stream)$/ },
      handler(source) {
        if (source === 'readable-stream') return { id: 'node:stream', external: true }
        return source === 'mqtt' ? client : absent
      },
    },
    load: {
      filter: { id: /^\0(mqtt-client|absent)$/ },
      handler(id) {
        if (id === absent) return 'module.exports = {}'
        const file = join(dirname(createRequire(import.meta.url).resolve('mqtt')), 'lib/client.js')
        return `import client from ${JSON.stringify(file)}\nexport const MqttClient = client.default ?? client\n`
      },
    },
  }
}

/** The file that libsql itself would load on this machine. */
function nativePart() {
  const fromHere = createRequire(import.meta.url)
  const fromLibsql = createRequire(fromHere.resolve('libsql'))
  const { currentTarget } = fromLibsql('@neon-rs/load')
  const { familySync, GLIBC } = fromLibsql('detect-libc')
  const target = familySync() === GLIBC ? currentTarget().replace('musl', 'gnu') : currentTarget()
  return fromLibsql.resolve(`@libsql/${target}`)
}
