-- Found by the beginning of an address, and walked in a steady order.
create index suppressions_by_address on suppressions (lower(email), hash);

-- What an editor took off the list, kept for a day so that it can be put back.
create table lifted_suppressions (
  hash   text primary key,
  email  text,
  reason text not null,
  detail text not null,
  at     text not null,
  lifted text not null
);
create index lifted_suppressions_by_time on lifted_suppressions (lifted);
