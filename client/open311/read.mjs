// Reads a server with the open311 library, as an integrator would, and prints
// as one JSON object what it found.
//
//   node dist/read.cjs DISCOVERY-ADDRESS json|xml JURISDICTION FILTERS ID[,ID...]
//
// FILTERS is a JSON object of parameters of the list of requests.
import Open311 from 'open311';

async function read([discovery, format, jurisdiction, filters, ids]) {
  const site = new Open311({ discovery, jurisdiction });
  const call = (name, ...args) =>
    new Promise((resolve, reject) => {
      site[name](...args, (err, data) => (err ? reject(new Error(`${name}: ${data}`)) : resolve(data)));
    });
  const out = { discovery: await call('serviceDiscovery', { cache: true }), endpoint: site.endpoint };
  site.format = format;
  out.services = await call('serviceList');
  out.definition = await call('serviceDefinition', out.services[0].service_code);
  out.requests = await call('serviceRequests', JSON.parse(filters));
  out.dated = (out.requests ?? []).every((r) => r.requested_datetime instanceof Date && !Number.isNaN(r.requested_datetime.getTime()));
  out.one = await call('serviceRequest', ids.split(',')[0], {});
  out.several = await call('serviceRequests', ids.split(','), {});
  out.unknown = await call('serviceRequest', 'nobody-knows-this', {}).then(() => 'found', (err) => err.message);
  return out;
}

read(process.argv.slice(2)).then(
  (out) => process.stdout.write(`${JSON.stringify(out)}\n`),
  (err) => {
    process.stderr.write(`${err.stack}\n`);
    process.exitCode = 1;
  },
);
