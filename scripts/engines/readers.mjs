// One engine's default way of reading a table: `node readers.mjs ENGINE FOLDER` prints version and rows as JSON.
// These know no partitions: file by file.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const COLUMNS = ['time', 'value', 'project_id', 'sdk_name', 'extra']
const [engine, folder] = process.argv.slice(2)
const version = name =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version

const readers = {
  async hyparquet(path) {
    const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet')
    const { compressors } = await import('hyparquet-compressors').catch(() => ({}))
    return parquetReadObjects({ file: await asyncBufferFromFile(path), compressors })
  },
  async 'parquet-wasm'(path) {
    const { readParquet } = await import('parquet-wasm/node')
    const { tableFromIPC } = await import('apache-arrow')
    return tableFromIPC(readParquet(readFileSync(path)).intoIPCStream()).toArray()
  },
}

const rows = []
for (const day of readdirSync(folder)) {
  for (const name of readdirSync(join(folder, day))) {
    for (const row of await readers[engine](join(folder, day, name))) {
      const [time, value, ...texts] = COLUMNS.map(column => row[column])
      const whole = typeof value === 'bigint' ? String(value) : value
      rows.push([Number(time), whole, ...texts.map(text => text ?? null), day.split('=')[1]])
    }
  }
}
console.log(JSON.stringify({ version: version(engine), rows }))
