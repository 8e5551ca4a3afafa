-- The partitions of this month and the next; later ones are made by maintenance, and the default one takes what is left.
select loam.start_partitions('public.usage_logs');
