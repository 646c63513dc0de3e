-- The same order of one line in a single statement: the fewest round trips that plain SQL can do with.
\set p random(1, :products)
\set c random(1, :customers)
\set k random(1, 9000000000000000)
\set q random(1, 3)
WITH req AS (SELECT * FROM unnest(ARRAY[bench_product(:p)], ARRAY[:q::int]) r(pid, q)),
 locked AS MATERIALIZED (SELECT id, sku, name, price, on_hand FROM catalog.products WHERE id = ANY(ARRAY[bench_product(:p)]) ORDER BY id FOR UPDATE),
 calc AS MATERIALIZED (SELECT l.*, r.q FROM locked l JOIN req r ON r.pid = l.id),
 ok AS MATERIALIZED (SELECT uuidv7() AS oid, sum(price * q) AS total FROM calc HAVING count(*) = 1 AND bool_and(on_hand >= q)),
 o AS (INSERT INTO ordering.orders(id, customer_id, status, total, currency, version, placed_at, updated_at) SELECT oid, bench_customer(:c), 'reserved', total, 'GBP', 1, now(), now() FROM ok RETURNING id),
 l AS (INSERT INTO ordering.order_lines(order_id, line_no, product_id, sku, name, quantity, unit_price, currency) SELECT ok.oid, row_number() OVER (), calc.id, calc.sku, calc.name, calc.q, calc.price, 'GBP' FROM ok, calc),
 u AS (UPDATE catalog.products p SET on_hand = p.on_hand - calc.q, version = version + 1, updated_at = now() FROM calc, ok WHERE p.id = calc.id),
 x AS (INSERT INTO platform.outbox(id, type, aggregate_id, payload) SELECT uuidv7(), 'ordering.order-placed', oid, jsonb_build_object('orderId', oid, 'customerId', bench_customer(:c), 'status', 'reserved', 'total', total, 'currency', 'GBP') FROM ok),
 i AS (INSERT INTO platform.idempotency_keys(customer_id, operation, key, fingerprint, response, expires_at) SELECT bench_customer(:c), 'orders.place', :k::text, '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', json_build_object('orderId', oid, 'customerId', bench_customer(:c), 'status', 'reserved', 'total', total, 'currency', 'GBP'), now() + interval '24 hours' FROM ok)
SELECT id FROM o;
