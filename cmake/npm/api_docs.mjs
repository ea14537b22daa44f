// At build time: what /openapi.json and /docs are made of. `node api_docs.mjs FOLDER` writes into FOLDER
//   openapi.json              api/openapi.yaml
//   viewer/swagger-ui.js      the viewer as a module, with the notices of what is in it
//   viewer/swagger-ui.css     its style, as a cascade layer, so that web/styles/docs.css holds over it
//   viewer/picture-N.svg      pictures that the style has within itself: no page of the service may load `data:`
// Why this viewer, and why it needs no policy of its own: docs/adr/0023-api-docs.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const PACKAGE = new URL('node_modules/swagger-ui-dist/', import.meta.url);
const PICTURES = 10; // cmake/npm.cmake names them: another version of the viewer may have others

const LANDMARK = '"main",{id:"operations"'; // a page has one (axe-core: landmark-no-duplicate-main)
const GROUP = '"div",{id:"operations"';

const folder = process.argv[2];
const from = (name) => readFileSync(new URL(name, PACKAGE), 'utf8');
const write = (name, text) => writeFileSync(join(folder, name), text);

function openapi() {
  const yaml = readFileSync(fileURLToPath(new URL('../../api/openapi.yaml', import.meta.url)), 'utf8');
  return JSON.stringify(parse(yaml, { strict: true, uniqueKeys: true, maxAliasCount: 0 }));
}

/** The package has it as CommonJS and as a global; pages load modules. */
function script() {
  const { version, license } = JSON.parse(from('package.json'));
  const notice = `/*!\nswagger-ui-dist ${version}, ${license}\n${from('NOTICE').trim()}\n*/\n`;
  const bundle = from('swagger-ui-es-bundle.js').replace(/^\/\*! For license.*\n/, '').split(LANDMARK);
  if (bundle.length !== 2) throw new Error('the viewer no longer has a main landmark of its own');
  return `${notice}${from('swagger-ui-es-bundle.js.LICENSE.txt')}const module = {};\n${bundle.join(GROUP)}\nexport default module.exports;\n`;
}

/** The style, and the pictures it names in their order. Those that are no SVG belong to rules for its own developers. */
function style() {
  const pictures = [];
  const text = from('swagger-ui.css').replace(/url\((["']?)(data:.*?)\1\)(?=[;,} ])/gs, (_, quote, url) => {
    const svg = /^data:image\/svg\+xml;charset=utf-8,(.*)$/s.exec(url);
    if (!svg) return 'none';
    const picture = decodeURIComponent(svg[1].replaceAll('\\"', '"'));
    if (!pictures.includes(picture)) pictures.push(picture);
    return `url("picture-${pictures.indexOf(picture) + 1}.svg")`;
  });
  if (/data:|@import|https?:/.test(text)) throw new Error('the style of the viewer loads something that no page may');
  return { text: text.replace(/\/\*# sourceMappingURL.*\*\//, ''), pictures };
}

mkdirSync(join(folder, 'viewer'), { recursive: true });
const { text, pictures } = style();
if (pictures.length !== PICTURES) throw new Error(`the viewer has ${pictures.length} pictures, not ${PICTURES}`);
write('openapi.json', openapi());
write('viewer/swagger-ui.js', script());
write('viewer/swagger-ui.css', `@layer viewer {\n${text}\n}\n`);
pictures.forEach((picture, index) => write(`viewer/picture-${index + 1}.svg`, picture));
