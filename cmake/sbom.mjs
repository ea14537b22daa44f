// node sbom.mjs VERSION PROGRAM OUTPUT FILE...: the bill of materials of PROGRAM in CycloneDX 1.6: the shared libraries that
// it loads, the packages that each FILE (a header, a static library) is of, and what is embedded from npm. Equal inputs
// give equal bytes: no time, no chance, everything sorted.
import { createHash } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const [version, program, output, ...compiledIn] = process.argv.slice(2);
const EMBEDDED = ["swagger-ui-dist"]; // the other packages of cmake/npm only work at build time

const run = (command, ...options) => execFileSync(command, options, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
const byName = (a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1);

/** Paths of all shared libraries that a file loads, and they load; the kernel's own has none. */
const loaded = (file) =>
  [...run("ldd", file).matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1]).sort();

const needed = (file) => [...run("readelf", "-d", file).matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]);

/** Which package brought each of these files. With a merged /usr the package may call one by either name. */
function owners(files) {
  const aliases = new Map(files.flatMap((file) => {
    const real = realpathSync(file);
    return [file, real, real.replace(/^\/usr/, ""), file.replace(/^\/usr/, "")].map((name) => [name, file]);
  }));
  const { stdout } = spawnSync("dpkg-query", ["--search", ...aliases.keys()], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  const found = new Map(stdout.split("\n").filter((line) => line.includes(": "))
    .map((line) => [aliases.get(line.slice(line.indexOf(": ") + 2)), line.split(": ")[0].split(", ")[0]]));
  for (const file of files) if (!found.has(file)) throw new Error(`${file} is of no package`);
  return found;
}

/** Short names of the licences in a machine-readable copyright file, of all its parts; in another: none. */
function licences(name) {
  const file = `/usr/share/doc/${name}/copyright`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (!/^Format:/m.test(text)) return {};
  const names = new Set([...text.matchAll(/^License:[ \t]*(\S.*)$/gm)].map((match) => match[1].trim()));
  return names.size ? { licenses: [...names].sort().map((one) => ({ license: { name: one } })) } : {};
}

const distribution = Object.fromEntries(
  readFileSync("/etc/os-release", "utf8").split("\n").filter((line) => line.includes("="))
    .map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1).replaceAll('"', "")]));

function debian(name) {
  const [full, number, machine, source, home] = run(
    "dpkg-query", "--show", "--showformat=${Package}\n${Version}\n${Architecture}\n${source:Package}\n${Homepage}\n", name).split("\n");
  const purl = `pkg:deb/${distribution.ID}/${full}@${encodeURIComponent(number)}?arch=${machine}&distro=${distribution.ID}-${distribution.VERSION_ID}`;
  return {
    type: "library", "bom-ref": purl, name: full, version: number, ...licences(full), purl,
    ...(home && /^https?:/.test(home) ? { externalReferences: [{ type: "website", url: home }] } : {}),
    properties: [{ name: "secureauth:source-package", value: source }],
  };
}

const packages = new Map(); // by package name
const packageOf = new Map(); // by library's file name
function add(file, linkage) {
  const name = owner.get(file);
  if (!packages.has(name)) packages.set(name, { ...debian(name), files: [] });
  packages.get(name).files.push({ file, linkage });
  return packages.get(name);
}
const libraries = loaded(program);
const owner = owners([...libraries, ...compiledIn]);
for (const file of libraries) packageOf.set(basename(file), add(file, "dynamic"));
for (const file of compiledIn) add(file, "static");

const lock = JSON.parse(readFileSync(join(dirname(process.argv[1]), "npm/package-lock.json"), "utf8")).packages;
const embedded = EMBEDDED.map((name) => {
  const found = lock[`node_modules/${name}`];
  const purl = `pkg:npm/${name}@${found.version}`;
  return {
    type: "library", "bom-ref": purl, name, version: found.version,
    hashes: [{ alg: "SHA-512", content: Buffer.from(found.integrity.replace("sha512-", ""), "base64").toString("hex") }],
    ...(found.license ? { licenses: [{ license: { id: found.license } }] } : {}), purl,
    properties: [{ name: "secureauth:linkage", value: "embedded" }],
  };
});

const components = [...packages.values()].map(({ files, ...component }) => ({
  ...component,
  properties: [...component.properties,
    ...[...new Set(files.map((one) => one.linkage))].sort().map((value) => ({ name: "secureauth:linkage", value }))],
  ...(files.some((one) => one.linkage === "dynamic") ? {
    components: files.filter((one) => one.linkage === "dynamic").map(({ file }) => ({
      type: "file", "bom-ref": `${component["bom-ref"]}#${basename(file)}`, name: basename(file),
      hashes: [{ alg: "SHA-256", content: digest(file) }],
    })),
  } : {}),
})).concat(embedded).sort(byName);

const own = `pkg:generic/secureauth@${version}`;
const edges = new Map(); // package's reference to those of what it loads
for (const file of libraries) {
  const from = packageOf.get(basename(file))["bom-ref"];
  const to = needed(file).map((one) => packageOf.get(one)?.["bom-ref"]).filter((one) => one && one !== from);
  edges.set(from, new Set([...(edges.get(from) ?? []), ...to]));
}
const direct = [...needed(program).map((one) => packageOf.get(one)["bom-ref"]),
  ...compiledIn.map((file) => packages.get(owner.get(file))["bom-ref"]), ...embedded.map((one) => one["bom-ref"])];
const dependencies = [[own, new Set(direct)], ...edges].map(([ref, on]) => ({ ref, dependsOn: [...on].sort() }))
  .sort((a, b) => (a.ref < b.ref ? -1 : 1));

const buildId = run("readelf", "-n", program).match(/Build ID: ([0-9a-f]+)/)?.[1];
const bill = {
  $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
  metadata: {
    component: {
      type: "application", "bom-ref": own, name: "secureauth", version, licenses: [{ license: { id: "Apache-2.0" } }], purl: own,
      ...(buildId ? { properties: [{ name: "secureauth:build-id", value: buildId }] } : {}),
    },
  },
  components, dependencies,
};
writeFileSync(output, JSON.stringify(bill, null, 2) + "\n");
