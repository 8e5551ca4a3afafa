create trigger generated_images_touch before update on generated_images for each row execute function loam.touch_updated_at();

create or replace function loam.notify_image()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform loam.notify_change('generated_images', coalesce(new.id, old.id), lower(tg_op), array[coalesce(new.user_id, old.user_id)]);
  return null;
end
$$;
create trigger generated_images_notify
  after insert or delete or update of deleted_at on generated_images
  for each row execute function loam.notify_image();

revoke execute on function loam.notify_image() from public;
