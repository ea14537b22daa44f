// At build time: `node minify.mjs FROM TO FILE…` writes the files of the folder FROM to TO, scripts and styles without what only
// their readers need. Modules stay modules: their names and what they export are the same.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { transformSync } from 'esbuild';

const LOADERS = { '.js': 'js', '.css': 'css' };
const [from, to, ...files] = process.argv.slice(2);

for (const file of files) {
  const loader = LOADERS[extname(file)];
  const content = readFileSync(join(from, file));
  mkdirSync(dirname(join(to, file)), { recursive: true });
  writeFileSync(join(to, file), loader ? transformSync(String(content), { loader, minify: true, charset: 'utf8' }).code : content);
}
