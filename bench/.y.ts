import { openInstalled } from '/work/main/schema/open.ts';
import { preparedDump } from '/work/main/server/testing/database.ts';
import { createUser } from '/work/main/server/testing/users.ts';
import { logUsage, logUsageAgain } from '/work/main/server/gateway/queries.ts';
import { statement } from '/work/main/core/statement.ts';
const { db } = await openInstalled({ kind:'pglite', dataDir: null, from: await preparedDump() } as any, { version: 'test' });
const u = await createUser(db, 'a@example.com');
const row = ()=>({ id: crypto.randomUUID(), created_at: Date.now()/1000, user_id:u.id, request_id:'req_'+crypto.randomUUID().slice(0,16),action:'chat',provider:'openai',model:'gpt-4o-mini',model_version:'gpt-4o-mini-2024-07-18',input_tokens:120,output_tokens:140,cost_usd:'0.000102',latency_ms:3,time_to_first_token_ms:3,status:'completed', api_key_id: u.id});
const names='i t u k r a p m v x y c l f s'.split(' ');
const short = ()=>{ const r=row(); return {i:r.id,t:r.created_at,u:r.user_id,k:r.api_key_id,r:r.request_id,a:r.action,p:r.provider,m:r.model,v:r.model_version,x:120,y:140,c:r.cost_usd,l:3,f:3,s:r.status}; };
const sel=(src:string)=>src;
const rec='from jsonb_to_recordset($1) as call (id uuid, created_at double precision, user_id uuid, api_key_id uuid, conversation_id uuid, message_id uuid, prompt_version_id uuid, request_id text, action text, provider text, model text, model_version text, input_tokens bigint, output_tokens bigint, cached_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, cost_usd numeric, estimated boolean, stream boolean, latency_ms integer, time_to_first_token_ms integer, status text, error_code text, error_message text, metadata jsonb)';
const shortRec='from jsonb_to_recordset($1) as call (i uuid, t double precision, u uuid, k uuid, r text, a text, p text, m text, v text, x bigint, y bigint, c numeric, l integer, f integer, s text)';
const variants: [string,string,()=>any][] = [
 ['full', logUsage.source.text, row],
 ['insert only', `insert into usage_logs (id, created_at, user_id, api_key_id, request_id, action, provider, model, model_version, input_tokens, output_tokens, cost_usd, latency_ms, time_to_first_token_ms, status) select id, to_timestamp(created_at), user_id, api_key_id, request_id, action, provider, model, model_version, input_tokens, output_tokens, cost_usd, latency_ms, time_to_first_token_ms, status ${rec}`, row],
 ['insert only short', `insert into usage_logs (id, created_at, user_id, api_key_id, request_id, action, provider, model, model_version, input_tokens, output_tokens, cost_usd, latency_ms, time_to_first_token_ms, status) select i, to_timestamp(t), u, k, r, a, p, m, v, x, y, c, l, f, s ${shortRec}`, short],
 ['select long', `select count(id), count(status) from (select call.* ${rec} offset 0) x`, row],
 ['select short', `select count(i), count(s) from (select call.* ${shortRec} offset 0) x`, short],
];
const st = variants.map(([k,text,f])=>({k,f,st: statement({name:'y_'+k.replace(/ /g,'_'), text, params:{calls:'jsonb'}, ...(k.startsWith('select')?{columns:{count:'int8',count2:'int8'}}:{})} as any) as any, us:[] as number[]}));
for (let r=0;r<14;r++) for (const v of st) { const rows=Array.from({length:500},v.f); const c=process.cpuUsage(); await db.asService('ledger', v.st({calls:rows})); const d=process.cpuUsage(c); if (r>3) v.us.push((d.user+d.system)/500); }
for (const v of st) console.log(v.k.padEnd(20), v.us.sort((a,b)=>a-b)[v.us.length>>1]!.toFixed(1), 'min', v.us[0]!.toFixed(1));
await db.close();
